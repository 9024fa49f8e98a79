// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import org.jspecify.annotations.Nullable;

/**
 * The last error that the server sent. Such a line belongs to no request, and is often the only
 * hint at the reason of a missing answer.
 */
final class ServerWords {

  private record Said(String text, long atNanos) {}

  private volatile @Nullable Said last;

  void said(String text) {
    // Removes the number that InboundRewriter added.
    last = new Said(text.replaceAll(" \\([0-9]+\\)$", ""), System.nanoTime());
  }

  /** Returns the last error since then, as a suffix of a text; empty if there is none. */
  String since(long nanos) {
    Said said = last;
    return said == null || said.atNanos - nanos < 0 ? "" : " (the server says: " + said.text + ")";
  }
}
