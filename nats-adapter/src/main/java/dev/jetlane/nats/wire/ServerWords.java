package dev.jetlane.nats.wire;

import org.jspecify.annotations.Nullable;

/**
 * The last error that the server sent. Such a line belongs to no request, and is often the only
 * hint why something gets no answer.
 */
final class ServerWords {

  private record Said(String text, long atNanos) {}

  private volatile @Nullable Said last;

  void said(String text) {
    // Without the number of InboundRewriter.
    last = new Said(text.replaceAll(" \\([0-9]+\\)$", ""), System.nanoTime());
  }

  /** To be added to a text: what the server said since then, or nothing. */
  String since(long nanos) {
    Said said = last;
    return said == null || said.atNanos - nanos < 0 ? "" : " (the server says: " + said.text + ")";
  }
}
