// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The moment between looking and acting in a queue that is not thread-safe. It is held open until a
 * second thread is in it, too, so that the race is lost whatever the scheduler does.
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
      // Then there is no other thread to race with.
    }
  }
}
