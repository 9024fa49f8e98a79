// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets real time pass. */
final class Pause {

  private Pause() {}

  static void millis(long millis) throws InterruptedException {
    if (millis > 0) {
      var unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    }
  }
}
