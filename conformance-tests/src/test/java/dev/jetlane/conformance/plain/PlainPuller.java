// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.Delivery;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PullDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

final class PlainPuller implements PullDriver {

  private final PlainPartition partition;
  private final Function<Lease, LeasedDelivery> deliveries;
  private final PlainStore store;
  private boolean closed;

  PlainPuller(PlainPartition partition, Function<Lease, LeasedDelivery> deliveries) {
    this.partition = partition;
    this.deliveries = deliveries;
    store = partition.store();
  }

  @Override
  public List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException {
    return PullDriver.await(store.clock, pullAsync(max, maxBytes, untilNanos, Completion.none()));
  }

  @Override
  public DriverFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    Pull pull = new Pull(max, maxBytes, untilNanos, completion);
    List<Runnable> served = new ArrayList<>();
    synchronized (store) {
      if (!pull.serve(false, served)) {
        store.waiting.add(pull);
      }
    }
    served.forEach(Runnable::run);
    return pull;
  }

  @Override
  public void close(long deadlineNanos) {
    synchronized (store) {
      closed = true;
    }
    store.serve();
  }

  /** One pull. Guarded by the monitor of the store. */
  final class Pull extends DriverFuture<List<Delivery>> {

    private final int max;
    private final long maxBytes;
    private long untilNanos;

    Pull(int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
      super(completion);
      this.max = max;
      this.maxBytes = maxBytes;
      this.untilNanos = untilNanos;
    }

    /**
     * Ends this pull if possible.
     *
     * @param woken whether it has waited
     * @param ended receives the actions to run without the monitor
     */
    boolean serve(boolean woken, List<Runnable> ended) {
      if (closed) {
        return ended.add(() -> fail(new QueueClosedException("the puller is closed", null)));
      }
      PlainTasks tasks = partition.tasks();
      tasks.maxDeliveries = partition.maxDeliveries();
      long now = store.clock.nanoTime();
      List<Delivery> taken = new ArrayList<>();
      for (PlainTasks.Item item :
          woken ? tasks.takeWoken(max, maxBytes, now) : tasks.take(max, maxBytes, now)) {
        taken.add(deliveries.apply(PlainLease.of(item, partition)));
      }
      List<String> usedUp = List.copyOf(tasks.usedUp);
      tasks.usedUp.clear();
      ended.add(() -> usedUp.forEach(id -> partition.events().exhausted(partition.name(), id)));
      return (!taken.isEmpty() || now >= untilNanos) && ended.add(() -> succeed(taken));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      synchronized (store) {
        untilNanos = Long.MIN_VALUE;
      }
      store.serve();
      return false;
    }
  }
}
