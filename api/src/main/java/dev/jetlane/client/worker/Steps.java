// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The steps of a worker between two idle states, such as from the end of a handler to the next
 * pull. A worker that is about to do something, or about to plan it, is not idle: the clock of a
 * test may move as soon as all workers are idle. Thread-safe.
 */
final class Steps {

  private final AtomicInteger open = new AtomicInteger();
  private final Runnable onLastEnd;

  /**
   * @param onLastEnd called when a step has ended and no other one is in progress
   */
  Steps(Runnable onLastEnd) {
    this.onLastEnd = onLastEnd;
  }

  /** Returns whether a step is in progress. */
  boolean areOpen() {
    return open.get() > 0;
  }

  /** Begins a step; {@link #end} follows. */
  void begin() {
    open.incrementAndGet();
  }

  void end() {
    if (open.decrementAndGet() == 0) {
      onLastEnd.run();
    }
  }

  void run(Runnable step) {
    begin();
    try {
      step.run();
    } finally {
      end();
    }
  }
}
