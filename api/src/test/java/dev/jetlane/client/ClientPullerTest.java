// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Pulls over a scripted driver: their arguments, expired tasks, events, and the close. */
@SuppressWarnings("FutureReturnValueIgnored") // An answer is the value of a call.
class ClientPullerTest {

  private final RecordedDriver driver = new RecordedDriver();
  private final List<String> told = new ArrayList<>();
  private final TaskQueue queue = driver.open(QueueConfig.defaults(), new Recorder(told));
  private final Puller puller =
      queue.partition("p").puller(PullOptions.defaults().withMaxBytes(1_000));

  /** The results of the next pulls of the driver. */
  private final Queue<List<ScriptedLease>> next = new ArrayDeque<>();

  ClientPullerTest() {
    driver.answers.put("PullDriver.pull", arguments -> pulled());
    driver.answers.put(
        "PullDriver.pullAsync", arguments -> DriverFuture.done(Completion.none(), pulled()));
    driver.calls.clear();
  }

  private List<Delivery> pulled() {
    List<Delivery> pulled = new ArrayList<>();
    List<ScriptedLease> leases = next.poll();
    if (leases != null) {
      leases.forEach(lease -> pulled.add(driver.delivery(lease)));
    }
    driver.clock.advance(Duration.ofSeconds(2));
    return pulled;
  }

  private ScriptedLease lease(int attempt, @Nullable Instant deadline) {
    ScriptedLease lease = driver.lease();
    lease.attempt = attempt;
    lease.deadline = deadline;
    return lease;
  }

  private Instant past() {
    return driver.clock.now();
  }

  @Test
  void thePullsOfOneCallShareItsEnd() throws InterruptedException {
    ScriptedLease expired = lease(1, past());
    ScriptedLease good = lease(2, past().plusSeconds(60));
    next.addAll(List.of(List.of(expired), List.of(expired, good)));
    List<Delivery> pulled = puller.pull(3, Duration.ofSeconds(10));
    assertThat(pulled).hasSize(1);
    assertThat(pulled.get(0).attempt()).isEqualTo(2);
    assertThat(driver.taken())
        .containsExactly(
            "PullDriver.pull 3 for PT0.000001S at +PT10S",
            "PullDriver.pull 3 for PT0.000001S at +PT8S");
    assertThat(expired.sent).containsExactly("deadLetter expired", "deadLetter expired");
    assertThat(good.sent).isEmpty();
    pulled.clear();
  }

  @Test
  void thePartsOfAnAsynchronousPullShareItsEnd() {
    ScriptedLease expired = lease(1, past());
    next.addAll(List.of(List.of(expired), List.of(expired), List.of()));
    assertThat(puller.pullAsync(3, Duration.ofSeconds(10))).isCompletedWithValue(List.of());
    assertThat(driver.taken())
        .containsExactly(
            "PullDriver.pullAsync 3 for PT0.000001S at +PT10S",
            "PullDriver.pullAsync 3 for PT0.000001S at +PT8S",
            "PullDriver.pullAsync 3 for PT0.000001S at +PT6S");
    assertThat(told).containsExactly("deadLettered expired", "deadLettered expired", "pulled p 0");
  }

  /** Not handed out from the deadline on; before it, it is. */
  @Test
  void aTaskExpiresAtItsDeadline() throws InterruptedException {
    Instant atThePull = driver.clock.now().plusSeconds(2);
    next.add(
        List.of(
            lease(1, atThePull.minusNanos(1)),
            lease(2, atThePull.plusNanos(1)),
            lease(3, atThePull),
            lease(4, null)));
    assertThat(puller.pull(9, Duration.ZERO)).extracting(Delivery::attempt).containsExactly(2, 4);
  }

  @Test
  void anInterruptedThreadPullsNothing() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> puller.pull(1, Duration.ofSeconds(1)))
        .isInstanceOf(InterruptedException.class);
    assertThat(Thread.interrupted()).as("the flag after the exception").isFalse();
    assertThat(driver.calls).isEmpty();
  }

  @Test
  void anAsynchronousPullOfAnInterruptedThreadKeepsTheInterrupt() {
    Thread.currentThread().interrupt();
    assertThat(puller.pullAsync(1, Duration.ZERO)).isCompleted();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void badArgumentsReachNoDriver() {
    for (int bad : new int[] {0, 10_001}) {
      assertThatThrownBy(() -> puller.pull(bad, Duration.ZERO))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> puller.pullAsync(bad, Duration.ZERO))
          .isInstanceOf(InvalidInputException.class);
    }
    for (Duration bad : List.of(Duration.ofNanos(-1), Duration.ofHours(24).plusNanos(1))) {
      assertThatThrownBy(() -> puller.pull(1, bad)).isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> puller.pullAsync(1, bad)).isInstanceOf(InvalidInputException.class);
    }
    assertThat(driver.calls).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void aPullIsReportedBeforeItsRedeliveries() throws InterruptedException {
    next.add(List.of(lease(1, null), lease(2, null), lease(3, null)));
    List<Delivery> pulled = puller.pull(9, Duration.ZERO);
    assertThat(puller.pull(9, Duration.ZERO)).isEmpty();
    assertThat(told).containsExactly("pulled p 3", "redelivered 2", "redelivered 3", "pulled p 0");
    told.clear();
    driver.clock.advance(Duration.ofSeconds(3));
    assertThat(pulled.get(0).ack()).isNotNull();
    assertThat(told).as("held from the end of its pull").containsExactly("acked after PT5S");
  }

  @Test
  void anAsynchronousPullIsReportedInTheSameWay() {
    next.add(List.of(lease(1, null), lease(2, null)));
    List<Delivery> pulled = puller.pullAsync(9, Duration.ZERO).join();
    assertThat(told).containsExactly("pulled p 2", "redelivered 2");
    told.clear();
    driver.clock.advance(Duration.ofSeconds(3));
    assertThat(pulled.get(1).ack()).isNotNull();
    assertThat(told).containsExactly("acked after PT3S");
  }

  @Test
  void aFailedPullIsReportedAndNamesItsPartition() {
    QueueUnavailableException down = new QueueUnavailableException("down", null);
    driver.fails("PullDriver.pull", down);
    assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
        .hasCause(down)
        .isInstanceOfSatisfying(
            QueueUnavailableException.class, e -> assertThat(e.partition()).contains("p"));
    driver.answers.put(
        "PullDriver.pullAsync", arguments -> DriverFuture.failed(Completion.none(), down));
    CompletableFuture<List<Delivery>> pull = puller.pullAsync(1, Duration.ZERO);
    assertThatThrownBy(pull::join)
        .cause()
        .hasCause(down)
        .isInstanceOfSatisfying(
            QueueUnavailableException.class, e -> assertThat(e.partition()).contains("p"));
    assertThat(told)
        .containsExactly(
            "pullFailed p QueueUnavailableException p", "pullFailed p QueueUnavailableException p");
    told.clear();
    driver.fails("PullDriver.pull", new QueueClosedException("closed", null));
    assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
        .isInstanceOf(QueueClosedException.class);
    assertThat(told).as("a close is no failure").isEmpty();
  }

  @Test
  void aClosedPullerRefusesBothForms() {
    puller.close();
    driver.calls.clear();
    for (String queueState : List.of("the puller is closed", "the queue is closed")) {
      assertThatThrownBy(() -> puller.pull(1, Duration.ZERO)).hasMessage(queueState);
      assertThatThrownBy(() -> puller.pullAsync(1, Duration.ZERO))
          .hasMessage(queueState)
          .isInstanceOfSatisfying(
              QueueClosedException.class, e -> assertThat(e.partition()).contains("p"));
      assertThat(driver.calls).doesNotContain("PullDriver.pull", "PullDriver.pullAsync");
      queue.close();
    }
    assertThat(told).isEmpty();
  }

  /** The driver gives back what it holds, and must not lease more. */
  @Test
  void aPullDuringTheCloseIsRefused() {
    List<Throwable> refused = new ArrayList<>();
    driver.answers.put(
        "PullDriver.close",
        arguments -> {
          refused.add(catchThrowable(() -> puller.pull(1, Duration.ZERO)));
          refused.add(catchThrowable(() -> puller.pullAsync(1, Duration.ZERO)));
          return null;
        });
    puller.close();
    assertThat(refused).hasSize(2).allMatch(QueueClosedException.class::isInstance);
    assertThat(driver.taken()).containsExactly("PullDriver.close at +PT5S");
  }

  /** A second call waits for the first one, so the driver decides. */
  @Test
  void eachCloseReachesTheDriverAndTheQueueForgetsThePuller() {
    puller.close();
    driver.clock.advance(Duration.ofSeconds(1));
    puller.close();
    assertThat(driver.taken())
        .containsExactly("PullDriver.close at +PT5S", "PullDriver.close at +PT5S");
    queue.close();
    assertThat(driver.taken()).containsExactly("QueueDriver.close at +PT5S");
  }

  @Test
  void leasesAreKeptFromTheStartOfTheLease() throws InterruptedException {
    Puller keeping =
        queue
            .partition("p")
            .puller(
                PullOptions.defaults()
                    .withKeepFor(Duration.ofMinutes(1))
                    .withKeepEvery(Duration.ofSeconds(5)));
    ScriptedLease lease = lease(1, null);
    driver.clock.advance(Duration.ofSeconds(3));
    next.add(List.of(lease));
    List<Delivery> held = keeping.pull(1, Duration.ZERO);
    driver.clock.advance(Duration.ofSeconds(6));
    assertThat(lease.sent).containsExactly("kept at PT5S", "kept at PT10S");
    ScriptedLease later = lease(1, null);
    ClientDelivery afterTheClose = driver.delivery(lease(1, null));
    keeping.close();
    ClientDelivery taken = driver.delivery(later);
    driver.clock.advance(Duration.ofSeconds(11));
    assertThat(lease.sent).as("after the close").hasSize(2);
    assertThat(later.sent).as("leased after the close").isEmpty();
    assertThat(held.size() + taken.attempt() + afterTheClose.attempt()).isEqualTo(3);
  }

  private record Recorder(List<String> told) implements QueueListener {

    @Override
    public void pulled(QueueEvent.Pulled event) {
      told.add("pulled " + event.partition() + " " + event.tasks());
    }

    @Override
    public void redelivered(QueueEvent.Redelivered event) {
      told.add("redelivered " + event.delivery().attempt());
    }

    @Override
    public void pullFailed(QueueEvent.PullFailed event) {
      told.add(
          "pullFailed "
              + event.partition()
              + " "
              + event.error().getClass().getSimpleName()
              + " "
              + event.error().partition().orElse("-"));
    }

    @Override
    public void deadLettered(QueueEvent.DeadLettered event) {
      told.add("deadLettered " + event.reason());
    }

    @Override
    public void acked(QueueEvent.Acked event) {
      told.add("acked after " + event.held());
    }
  }
}
