// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Partition;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A worker. It is opened and drained on the clock: the drain ends once every ack is confirmed. */
final class WorkerPull implements PullLoop {

  private static final Duration WAIT = Duration.ofSeconds(60);

  private final TaskQueue queue;
  private final List<Place> places;
  private final WorkerOptions options;
  private final TaskHandler work;

  /**
   * @param work the work of the handler
   */
  WorkerPull(Target target, List<Place> places, WorkerOptions options, TaskHandler work) {
    queue = target.connect();
    this.places = places;
    this.options = options;
    this.work = work;
  }

  @Override
  public long drain(Work shared) throws Exception {
    for (Place place : places) {
      int tasks = shared.takeShare(place);
      if (tasks > 0) {
        drain(queue.partition(place.partition()), tasks);
      }
    }
    return 0;
  }

  private void drain(Partition partition, int tasks) throws Exception {
    CountDownLatch left = new CountDownLatch(tasks);
    Worker worker =
        partition.work(
            delivery -> {
              try {
                work.handle(delivery);
              } finally {
                left.countDown();
              }
            },
            options);
    try {
      if (!left.await(WAIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(left.getCount() + " tasks were not handled within " + WAIT);
      }
      if (!worker.drain(WAIT)) {
        throw new IllegalStateException("not every ack was confirmed within " + WAIT);
      }
    } finally {
      worker.close();
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
