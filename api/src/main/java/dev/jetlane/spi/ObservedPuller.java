package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** A puller that is observed, and whose deliveries are. */
final class ObservedPuller implements Puller {

  private final Puller puller;
  private final String partition;
  private final Observation observation;
  private final LongSupplier nanoTime;

  ObservedPuller(Puller puller, String partition, Observation observation, LongSupplier nanoTime) {
    this.puller = puller;
    this.partition = partition;
    this.observation = observation;
    this.nanoTime = nanoTime;
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    List<Delivery> pulled;
    try {
      pulled = puller.pull(max, wait);
    } catch (QueueClosedException e) {
      throw e;
    } catch (TaskQueueException e) {
      observation.pullFailed(partition, e);
      throw e;
    }
    observation.pulled(partition, pulled.size());
    long now = nanoTime.getAsLong();
    List<Delivery> observed = new ArrayList<>(pulled.size());
    for (Delivery delivery : pulled) {
      Delivery told = new ObservedDelivery(delivery, observation, nanoTime, now);
      observed.add(told);
      if (delivery.attempt() > 1) {
        observation.redelivered(told);
      }
    }
    return observed;
  }

  @Override
  public void close() {
    puller.close();
  }

  @Override
  public String toString() {
    return puller.toString();
  }
}
