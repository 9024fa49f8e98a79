// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.RetryPolicy;
import dev.jetlane.TaskQueueException;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPuller;
import dev.jetlane.UndecodableException;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.client.worker.HeldDelivery;
import dev.jetlane.client.worker.Reasons;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A puller of values, over a puller of deliveries. */
final class ClientTypedPuller<T> implements TypedPuller<T> {

  private final Puller puller;
  private final Codec<T> codec;
  private final DriverClock clock;

  /**
   * @param clock the clock of the puller
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
    List<TypedDelivery<T>> decoded = decodedNow(pulled);
    while (decoded.isEmpty() && !pulled.isEmpty()) {
      pulled = puller.pull(max, left(endNanos));
      decoded = decodedNow(pulled);
    }
    return decoded;
  }

  private List<TypedDelivery<T>> decodedNow(List<Delivery> pulled) {
    return decoded(pulled, this::deadLetter, Delivery::close);
  }

  @Override
  public CompletableFuture<List<TypedDelivery<T>>> pullAsync(int max, Duration wait) {
    long endNanos = clock.nanoTime() + Limits.checkWait(wait).toNanos();
    return PullInParts.start(
        Completion.none(),
        () -> puller.pullAsync(max, left(endNanos)),
        pulled -> decoded(pulled, this::deadLetterAsync, ClientTypedPuller::giveBackAsync));
  }

  private Duration left(long endNanos) {
    return Duration.ofNanos(Math.max(0, endNanos - clock.nanoTime()));
  }

  /**
   * Decodes the deliveries of a pull. After an {@link Error} of the codec all of them are given
   * back, because the caller receives none.
   */
  private List<TypedDelivery<T>> decoded(
      List<Delivery> pulled,
      BiConsumer<Delivery, UndecodableException> undecodable,
      Consumer<Delivery> notDecoded) {
    List<TypedDelivery<T>> decoded = new ArrayList<>(pulled.size());
    try {
      for (Delivery delivery : pulled) {
        try {
          decoded.add(new TypedDelivery<>(ClientTypedPartition.decode(codec, delivery), delivery));
        } catch (UndecodableException e) {
          undecodable.accept(delivery, e);
        }
      }
    } catch (Error e) {
      pulled.forEach(notDecoded);
      throw e;
    }
    return decoded;
  }

  private void deadLetter(Delivery delivery, UndecodableException why) {
    @Nullable Throwable refused = null;
    try {
      var unused = delivery.deadLetter(Reasons.of(why));
    } catch (TaskQueueException e) {
      refused = e;
    }
    report(delivery, why, refused);
  }

  private void deadLetterAsync(Delivery delivery, UndecodableException why) {
    var unused =
        delivery
            .deadLetterAsync(Reasons.of(why))
            .whenComplete((settlement, refused) -> report(delivery, why, refused));
  }

  private void report(Delivery delivery, UndecodableException why, @Nullable Throwable refused) {
    if (refused != null) {
      why.addSuppressed(refused);
      HeldDelivery.of(delivery).keepNoLonger(); // No caller has it.
    }
    clock.log(
        new WorkerFailure(
            refused == null ? Kind.DEAD_LETTERED : Kind.ATTEMPT_FAILED,
            delivery.partition(),
            delivery,
            why,
            refused == null
                ? "the task is now a dead letter"
                : "the dead letter could not be stored; the task is delivered again when its lease"
                    + " expires"));
  }

  /**
   * Gives a delivery back like {@link Delivery#close}, but without blocking. A settled delivery
   * does not change.
   */
  private static void giveBackAsync(Delivery delivery) {
    Duration pause =
        RetryPolicy.standard()
            .delay(delivery.attempt(), new IllegalStateException("closed unsettled"))
            .orElse(Duration.ZERO);
    var unused =
        delivery
            .nakAsync(pause)
            .whenComplete(
                (settlement, refused) -> {
                  if (refused != null) {
                    HeldDelivery.of(delivery).keepNoLonger();
                  }
                });
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
