// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import dev.jetlane.Worker;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToIntFunction;

/** The workers of one partition that have not ended. */
final class WatchedWorkers {

  private final CopyOnWriteArrayList<Worker> workers = new CopyOnWriteArrayList<>();

  /** Adds a worker; a second call for the same one does nothing. */
  void add(Worker worker) {
    boolean unused = workers.addIfAbsent(worker);
  }

  /** Removes the workers that have ended. A worker does not report its end. */
  void forgetEnded() {
    boolean unused = workers.removeIf(worker -> worker.state() == Worker.State.CLOSED);
  }

  double sum(ToIntFunction<Worker> count) {
    forgetEnded();
    return workers.stream().mapToInt(count).sum();
  }
}
