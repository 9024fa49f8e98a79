package dev.jetlane.client;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueueException;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPuller;
import dev.jetlane.UndecodableException;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.client.worker.Reasons;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A puller of values, over a puller of deliveries. */
final class ClientTypedPuller<T> implements TypedPuller<T> {

  private final Puller puller;
  private final Codec<T> codec;
  private final DriverClock clock;

  /**
   * @param clock of the puller
   */
  ClientTypedPuller(Puller puller, Codec<T> codec, DriverClock clock) {
    this.puller = puller;
    this.codec = codec;
    this.clock = clock;
  }

  @Override
  public List<TypedDelivery<T>> pull(int max, Duration wait) throws InterruptedException {
    long endNanos = clock.nanoTime() + Limits.checkWait(wait).toNanos();
    List<Delivery> pulled = puller.pull(max, wait);
    List<TypedDelivery<T>> decoded = decoded(pulled);
    while (decoded.isEmpty() && !pulled.isEmpty()) {
      long leftNanos = Math.max(0, endNanos - clock.nanoTime());
      pulled = puller.pull(max, Duration.ofNanos(leftNanos));
      decoded = decoded(pulled);
    }
    return decoded;
  }

  /** An error of the codec keeps no lease: the caller gets none of these deliveries. */
  private List<TypedDelivery<T>> decoded(List<Delivery> pulled) {
    List<TypedDelivery<T>> decoded = new ArrayList<>(pulled.size());
    try {
      for (Delivery delivery : pulled) {
        try {
          decoded.add(new TypedDelivery<>(ClientTypedPartition.decode(codec, delivery), delivery));
        } catch (UndecodableException e) {
          deadLetter(delivery, e);
        }
      }
    } catch (Error e) {
      pulled.forEach(Delivery::close);
      throw e;
    }
    return decoded;
  }

  private void deadLetter(Delivery delivery, UndecodableException why) {
    String next = "it is a dead letter now";
    Kind kind = Kind.DEAD_LETTERED;
    try {
      var unused = delivery.deadLetter(Reasons.of(why));
    } catch (TaskQueueException e) {
      why.addSuppressed(e);
      kind = Kind.ATTEMPT_FAILED;
      next = "it could not become a dead letter and is delivered again when its lease runs out";
    }
    clock.log(new WorkerFailure(kind, delivery.partition(), delivery, why, next));
  }

  @Override
  public void close() {
    puller.close();
  }

  @Override
  public String toString() {
    return "Typed" + puller;
  }
}
