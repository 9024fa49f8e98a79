// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.AckOutcome;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Acks of several deliveries: each is sent before the first one is awaited. */
class AckAllTest {

  private final RecordedDriver driver = new RecordedDriver();
  private final Partition partition = driver.open(QueueConfig.defaults()).partition("p");
  private final Puller puller = partition.puller();
  private final ScriptedLease good = driver.lease();
  private final ScriptedLease bad = driver.lease();
  private final ScriptedLease last = driver.lease();
  private final List<ClientDelivery> all =
      new ArrayList<>(List.of(driver.delivery(good), driver.delivery(bad), driver.delivery(last)));

  @Test
  void aFailureDoesNotAffectTheOthers() {
    bad.failure = new QueueUnavailableException("down", null);
    List<AckOutcome> outcomes = partition.ackAll(all);
    assertThat(outcomes).extracting(AckOutcome::delivery).isEqualTo(all);
    assertThat(outcomes.get(0).settlement()).isEqualTo(Settlement.SETTLED);
    assertThat(outcomes.get(0).failure()).isNull();
    assertThat(outcomes.get(1).settlement()).isNull();
    TaskQueueException failure = outcomes.get(1).failure();
    assertThat(failure).isInstanceOf(QueueUnavailableException.class);
    assertThat(outcomes.get(2).settlement()).isEqualTo(Settlement.SETTLED);
    assertThatThrownBy(outcomes::clear).isInstanceOf(UnsupportedOperationException.class);
    puller.close();
  }

  @Test
  void aSecondCallReportsEachAsSettled() {
    assertThat(partition.ackAll(all)).hasSize(3);
    assertThat(partition.ackAll(all))
        .extracting(AckOutcome::settlement)
        .containsOnly(Settlement.ALREADY_SETTLED);
    assertThat(good.sent).hasSize(1);
  }

  /** The known outcomes are reported, and the other acks continue. */
  @Test
  void anInterruptLeavesTheRestUnknownAndStays() {
    bad.silent = true;
    Thread.currentThread().interrupt();
    List<AckOutcome> outcomes = partition.ackAll(all);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(outcomes.get(0).settlement()).isEqualTo(Settlement.SETTLED);
    assertThat(outcomes.get(1).failure())
        .isInstanceOfSatisfying(
            OutcomeUnknownException.class, e -> assertThat(e.taskId()).contains("task-7"));
    assertThat(outcomes.get(2).settlement()).isEqualTo(Settlement.SETTLED);
    bad.answer(null);
    assertThat(all.get(1).ack()).isEqualTo(Settlement.ALREADY_SETTLED);
  }

  /** Otherwise a hundred acks would take a hundred round trips. */
  @Test
  void allAcksAreSentBeforeTheFirstOneIsAwaited() {
    List<Integer> sent = new ArrayList<>();
    List<ScriptedLease> leases = new ArrayList<>();
    RecordedDriver waiting =
        new RecordedDriver(
            new StandingClock() {
              @Override
              public void await(Future<?> future, long untilNanos) throws InterruptedException {
                sent.add(leases.stream().mapToInt(each -> each.sent.size()).sum());
                super.await(future, untilNanos);
              }
            });
    Partition other = waiting.open(QueueConfig.defaults()).partition("p");
    Puller unused = other.puller();
    List<ClientDelivery> held = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      leases.add(waiting.lease());
      leases.get(i).silent = true;
      held.add(waiting.delivery(leases.get(i)));
    }
    assertThat(other.ackAll(held)).hasSize(3);
    assertThat(sent).as("sent acks at each wait").containsExactly(3, 3, 3);
  }

  /** Otherwise a hundred silent acks would last a hundred request timeouts. */
  @Test
  void allAcksHaveOneDeadline() {
    good.silent = true;
    bad.silent = true;
    last.silent = true;
    driver.clock.perWait = Duration.ofSeconds(2);
    long deadline = driver.clock.nanoTime() + RecordedDriver.TIMEOUT.toNanos();
    long margin = Duration.ofSeconds(10).toNanos();
    assertThat(partition.ackAll(all))
        .extracting(AckOutcome::failure)
        .allMatch(OutcomeUnknownException.class::isInstance)
        .allMatch(failure -> failure != null && failure.taskId().isPresent());
    assertThat(driver.clock.waits).hasSize(3).containsOnly(deadline + margin);
  }
}
