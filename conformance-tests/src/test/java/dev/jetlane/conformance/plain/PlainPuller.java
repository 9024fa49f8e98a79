package dev.jetlane.conformance.plain;

import dev.jetlane.Delivery;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PullDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

final class PlainPuller implements PullDriver {

  final PlainPartition partition;
  final Function<Lease, LeasedDelivery> deliveries;
  private final PlainStore store;
  boolean closed;

  PlainPuller(PlainPartition partition, Function<Lease, LeasedDelivery> deliveries) {
    this.partition = partition;
    this.deliveries = deliveries;
    store = partition.store();
  }

  @Override
  public List<Delivery> pull(int max, long maxBytes, long untilNanos) throws InterruptedException {
    return PullDriver.await(store, pullAsync(max, maxBytes, untilNanos, Completion.none()));
  }

  @Override
  public CompletableFuture<List<Delivery>> pullAsync(
      int max, long maxBytes, long untilNanos, Completion<? super List<Delivery>> completion) {
    PlainPull pull = new PlainPull(this, max, untilNanos, completion);
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
}
