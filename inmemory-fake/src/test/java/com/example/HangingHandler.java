// SPDX-License-Identifier: Apache-2.0
package com.example;

import dev.jetlane.Delivery;
import dev.jetlane.TaskHandler;
import java.util.concurrent.CountDownLatch;

/** A handler outside the packages of the library, like that of a user. */
public final class HangingHandler implements TaskHandler {

  public final CountDownLatch began = new CountDownLatch(1);
  public final CountDownLatch mayEnd = new CountDownLatch(1);

  @Override
  public void handle(Delivery delivery) throws InterruptedException {
    began.countDown();
    mayEnd.await();
  }
}
