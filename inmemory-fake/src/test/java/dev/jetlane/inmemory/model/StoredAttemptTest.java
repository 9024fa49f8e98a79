// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a server remembers of the deliveries of a task, and for how long. */
class StoredAttemptTest {

  private static final QueueConfig CONFIG =
      QueueConfig.defaults()
          .withLease(Duration.ofSeconds(10))
          .withMaxDeliveries(QueueConfig.UNLIMITED);

  private final ServerState server =
      new ServerState(Instant.parse("2000-01-01T00:00:00Z"), new NoMishaps());
  private final PartitionState state = server.open("p", CONFIG);
  private final Holder client = new PlainHolder("client", CONFIG);

  private Attempt deliver(long now) {
    return state.take(Objects.requireNonNull(state.next(now, client)), now, client);
  }

  private static boolean isCollected(WeakReference<?> reference) {
    for (int i = 0; i < 100 && reference.get() != null; i++) {
      System.gc();
    }
    return reference.get() == null;
  }

  /** A task that is delivered indefinitely must not fill the memory. */
  @Test
  void anAttemptIsForgottenAfterManyOthers() {
    new Pushes(state).push(Task.of("a", "x"), 0);
    List<WeakReference<Attempt>> attempts = new ArrayList<>();
    for (int i = 0; i < 3 * Attempt.KEPT; i++) {
      Attempt attempt = deliver(0);
      attempts.add(new WeakReference<>(attempt));
      state.nak(attempt.task, 0);
    }
    assertThat(isCollected(attempts.get(0))).as("the first of 300 attempts").isTrue();
    assertThat(isCollected(attempts.get(Attempt.KEPT)))
        .as("attempt 101 of 300, of which 100 are kept")
        .isTrue();
    assertThat(attempts.get(3 * Attempt.KEPT - 1).get()).isNotNull();
    assertThat(attempts.get(2 * Attempt.KEPT).get()).as("the oldest that is kept").isNotNull();
    assertThat(state.stats().outstanding()).isEqualTo(1);
  }

  /** The history of a task outlives its deliveries, but must not keep their payloads. */
  @Test
  void anAttemptRefersToItsDeliveryUntilItsEnd() {
    new Pushes(state).push(Task.of("a", "x"), 0);
    Attempt attempt = deliver(0);
    WeakReference<Object> delivery = referTo(attempt);
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    assertThat(delivery.get()).as("the delivery of a running lease").isNotNull();
    state.catchUp(10_000_000_000L);
    assertThat(attempt.ended()).isEqualTo("lease ended");
    assertThat(isCollected(delivery)).as("the delivery of an expired lease is released").isTrue();
    assertThat(attempt.task.latest()).isSameAs(attempt);
  }

  private static WeakReference<Object> referTo(Attempt attempt) {
    Object delivery = new Object();
    attempt.refersTo(delivery);
    return new WeakReference<>(delivery);
  }

  @Test
  void anAttemptIsHeldBetweenItsHandOverAndItsEnd() {
    new Pushes(state).push(Task.of("a", "x"), 0);
    Attempt attempt = deliver(3);
    assertThat(attempt.isHeld()).as("leased ahead").isFalse();
    attempt.inHands = true;
    assertThat(attempt.isHeld()).isTrue();
    assertThat(attempt.task.isHeld()).isTrue();
    assertThat(attempt.ended()).isNull();
    state.nak(attempt.task, 5);
    assertThat(attempt.isHeld()).isFalse();
    assertThat(attempt.ended()).isEqualTo("given back");
    assertThat(attempt.endNanos()).isEqualTo(5);
    assertThat(attempt.leasedAtNanos).isEqualTo(3);
    assertThat(attempt.firstLeaseEndNanos).isEqualTo(3 + 10_000_000_000L);
    Attempt second = deliver(7);
    assertThat(second.history()).containsExactly(attempt, second);
    assertThat(attempt.history()).containsExactly(attempt);
    assertThat(second.number).isEqualTo(2);
    assertThat(attempt.task.isHeld()).as("the second delivery is not handed over").isFalse();
  }
}
