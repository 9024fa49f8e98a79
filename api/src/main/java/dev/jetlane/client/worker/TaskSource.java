// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The source of a worker's tasks. A waiting pull needs no thread. */
public interface TaskSource {

  /**
   * Pulls at most {@code max} tasks. Cancelling the future ends the wait; it then completes soon,
   * with the tasks leased by then.
   */
  CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait);

  /**
   * Has pulls that waited complete on these threads, if it can.
   *
   * @see dev.jetlane.driver.PullDriver#completeOn
   */
  void completeOn(Executor threads);

  /** Ends the waiting pull, and gives back the tasks that it leased. */
  void close();
}
