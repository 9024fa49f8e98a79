// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The gap between check and action in a queue that is not thread-safe. It stays open until a second
 * thread is in it, so that the race happens with any scheduler.
 */
final class Gap {

  private static final long OPEN_MILLIS = 50;

  private final Exchanger<Boolean> meeting = new Exchanger<>();

  void open() {
    try {
      meeting.exchange(true, OPEN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TimeoutException alone) {
      // There is no other thread to race with.
    }
  }
}
