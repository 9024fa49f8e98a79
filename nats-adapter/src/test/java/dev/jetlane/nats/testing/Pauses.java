// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

/** The interval between two checks of a condition. */
final class Pauses {
  private static final long MILLIS = 5;

  private Pauses() {}

  static void brief() {
    try {
      Thread.sleep(MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the server", e);
    }
  }
}
