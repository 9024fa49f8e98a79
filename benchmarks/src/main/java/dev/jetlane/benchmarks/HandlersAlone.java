// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The handlers of a worker without a queue: as fast as any worker with the same number of them can
 * be. The tasks are removed off the clock.
 */
final class HandlersAlone implements PullLoop {

  private final Target target;
  private final List<Place> places;
  private final int concurrency;
  private final Callable<?> work;
  private final ExecutorService threads;

  HandlersAlone(Target target, List<Place> places, int concurrency, Callable<?> work) {
    this.target = target;
    this.places = places;
    this.concurrency = concurrency;
    this.work = work;
    threads = Executors.newFixedThreadPool(concurrency);
  }

  @Override
  public long drain(Work shared) throws Exception {
    for (Place place : places) {
      AtomicInteger left = new AtomicInteger(shared.takeShare(place));
      List<Callable<Void>> handlers = new ArrayList<>();
      for (int handler = 0; handler < concurrency; handler++) {
        handlers.add(
            () -> {
              while (left.getAndDecrement() > 0) {
                work.call();
              }
              return null;
            });
      }
      for (Future<Void> ended : threads.invokeAll(handlers)) {
        ended.get();
      }
    }
    return 0;
  }

  @Override
  public void afterDrain() throws Exception {
    try (Wire wire = new Wire(target.url())) {
      for (Place place : places) {
        wire.request("$JS.API.STREAM.PURGE." + place.stream(), "");
      }
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdown();
  }
}
