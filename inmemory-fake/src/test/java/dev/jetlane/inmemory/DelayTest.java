// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.QueueFullException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.inmemory.TaskSnapshot.State;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks with a delay, exact to the nanosecond. */
class DelayTest extends QueueTest {

  private static final Duration DELAY = Duration.ofHours(1);

  private static Task later(String id) {
    return Task.of(id, "x").withDelay(DELAY);
  }

  @Test
  void aTaskIsDueAtItsExactInstant() throws Exception {
    partition.push(later("a"));
    advance(DELAY.minus(TICK));
    assertThat(pull(1)).isEmpty();
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0, 1, 0));
    Running<List<Delivery>> waiting = blockedPull(partition.puller(), 1, Duration.ofDays(1));
    advance(TICK);
    assertThat(ids(waiting.get())).containsExactly("a");
    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
  }

  @Test
  void inspectionShowsUntilWhen() {
    partition.push(later("a"));
    push("b");
    assertThat(server.task("p", "a"))
        .get()
        .satisfies(
            task -> {
              assertThat(task.state()).isEqualTo(State.DELAYED);
              assertThat(task.until()).isEqualTo(clock.now().plus(DELAY));
              assertThat(task.deliveries()).isZero();
              assertThat(task.task().delay()).isEqualTo(DELAY);
            });
    assertThat(clock.advanceToNext()).as("the end of the dedup window").isTrue();
    assertThat(clock.advanceToNext()).as("the task is due").isTrue();
    assertThat(server.tasks("p")).extracting(TaskSnapshot::taskId).containsExactly("b", "a");
    assertThat(server.tasks("p")).extracting(TaskSnapshot::state).containsOnly(State.READY);
    assertThat(server.leaks()).noneMatch(leak -> leak.contains("delivery"));
  }

  @Test
  void aCancellationThatIsNotConfirmedMayHaveHappened() throws InterruptedException {
    configure(CONFIG.withDedupWindow(DELAY.multipliedBy(2)));
    partition.push(later("a"));
    server.faults().loseNext(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("a")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(partition.stats().delayed()).isEqualTo(1);
    server.faults().loseNextConfirmation(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("a")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(partition.stats().delayed()).isEqualTo(1);
    advance(DELAY);
    assertThat(server.tasks("p")).isEmpty();
  }

  /** A server knows a cancellation for the dedup window. */
  @Test
  void aCancellationThatIsNotConfirmedEndsWithTheDedupWindow() throws InterruptedException {
    configure(CONFIG.withDedupWindow(DELAY.dividedBy(2)));
    partition.push(later("a"));
    server.faults().loseNextConfirmation(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("a")).isInstanceOf(OutcomeUnknownException.class);
    advance(DELAY);
    assertThat(pullIds(9)).containsExactly("a");
  }

  /** As on NATS: the cancellation decided, although its task was removed later. */
  @Test
  void anOperatorRemovesNoTaskWhoseCancellationWasNoted() {
    partition.push(later("a"));
    server.faults().loseNextConfirmation(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("a")).isInstanceOf(OutcomeUnknownException.class);
    PartitionAdmin admin = queue.admin().partition("p");
    assertThat(admin.remove("a")).isEqualTo(Removal.NOT_FOUND);
    assertThat(partition.stats().delayed()).isZero();
    partition.push(later("b"));
    assertThat(admin.remove("b")).isEqualTo(Removal.REMOVED);
    assertThat(admin.remove("b")).isEqualTo(Removal.NOT_FOUND);
  }

  /** The second cancellation finds the note of the first one, and removes the task. */
  @Test
  void aRepeatedCancellationOutlivesTheDedupWindow() throws InterruptedException {
    configure(CONFIG.withDedupWindow(DELAY.dividedBy(2)));
    partition.push(later("a"));
    server.faults().loseNextConfirmation(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("a")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(partition.cancel("a")).isFalse();
    assertThat(partition.stats().delayed()).isZero();
    advance(DELAY);
    assertThat(pullIds(9)).isEmpty();
  }

  @Test
  void aRestartKeepsDelaysAndForgetsTheIdsOfDueTasks() throws InterruptedException {
    configure(CONFIG.withDedupWindow(Duration.ofHours(3)));
    partition.push(later("due"));
    advance(DELAY);
    partition.push(later("delayed"));
    server.faults().restart();
    assertThat(partition.push(Task.of("delayed", "x")).duplicate()).isTrue();
    assertThat(partition.push(Task.of("due", "x")).duplicate()).isFalse();
    advance(DELAY);
    assertThat(pullIds(9)).containsExactly("due", "due", "delayed");
  }

  @Test
  void aDueTaskWaitsUntilASettlementMakesRoom() throws InterruptedException {
    configure(CONFIG.withMaxTasks(1));
    partition.push(later("later"));
    push("first");
    assertThatThrownBy(() -> partition.push(later("more"))).isInstanceOf(QueueFullException.class);
    Delivery first = pullOne();
    advance(Duration.ofSeconds(9));
    first.extend();
    advance(DELAY);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0, 1, 0));
    Delivery again = pullOne();
    assertThat(again.taskId()).isEqualTo("first");
    again.ack();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    assertThat(pullIds(9)).containsExactly("later");
  }

  @Test
  void theOldestAgeCountsFromWhenATaskBecameDue() throws InterruptedException {
    assertThat(partition.oldestAge()).isEmpty();
    partition.push(later("a"));
    advance(DELAY);
    assertThat(partition.oldestAge()).contains(Duration.ZERO);
    advance(TICK);
    push("b");
    assertThat(partition.oldestAge()).contains(TICK);
    pullOne().ack();
    assertThat(partition.oldestAge()).contains(Duration.ZERO);
  }

  @Test
  void aWaitingPullGetsADueTaskForWhichAnAckMakesRoom() throws Exception {
    configure(CONFIG.withMaxTasks(1));
    partition.push(later("later"));
    push("first");
    Delivery first = pullOne();
    Running<List<Delivery>> waiting = blockedPull(puller, 1, DELAY.multipliedBy(3));
    for (int i = 0; i < 500; i++) {
      advance(LEASE.minus(TICK));
      first.extend();
    }

    first.ack();

    assertThat(server.blockedPulls()).isZero();
    assertThat(ids(waiting.get())).containsExactly("later");
    assertThat(partition.oldestAge()).contains(Duration.ZERO);
  }

  @Test
  void aTaskThatIsUsedUpMakesRoomForADueTaskInTheSamePull() throws InterruptedException {
    configure(CONFIG.withMaxTasks(1).withMaxDeliveries(1));
    partition.push(later("later"));
    push("first");
    pullOne();
    advance(DELAY);

    assertThat(pullIds(1)).containsExactly("later");
    assertThat(partition.oldestAge()).contains(Duration.ZERO);
  }
}
