// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushTest extends QueueTest {

  private static Task task(String id) {
    return Task.of(id, "x");
  }

  @Test
  void theSameIdIsStoredOnce() throws InterruptedException {
    assertThat(partition.push(task("a"))).isEqualTo(new PushReceipt("a", false));
    assertThat(partition.push(task("a"))).isEqualTo(new PushReceipt("a", true));
    assertThat(partition.push(task("A"))).isEqualTo(new PushReceipt("A", false));

    assertThat(pullIds(10)).containsExactly("a", "A");
  }

  @Test
  void anIdIsRememberedBeyondItsTask() throws InterruptedException {
    push("a");
    pullOne().ack();

    assertThat(partition.push(task("a")).duplicate()).isTrue();
    assertThat(pull(1)).isEmpty();
  }

  @Test
  void theWindowCountsFromTheFirstAcceptedPush() {
    push("a");
    advance(WINDOW.minus(TICK));
    assertThat(partition.push(task("a")).duplicate()).isTrue();

    advance(TICK);
    assertThat(partition.push(task("a")).duplicate()).isFalse();
    advance(WINDOW.minus(TICK));
    assertThat(partition.push(task("a")).duplicate()).isTrue();
  }

  @Test
  void partitionsShareNoIds() {
    push("a");

    assertThat(queue.partition("q").push(task("a")).duplicate()).isFalse();
    assertThat(queue.partition("P").push(task("a")).duplicate()).isFalse();
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  @Test
  void aFullPartitionRefusesNewTasksAndRecognizesDuplicates() throws InterruptedException {
    configure(CONFIG.withMaxTasks(2));
    push("a", "b");

    assertThatThrownBy(() -> partition.push(task("c")))
        .isInstanceOf(QueueFullException.class)
        .hasMessageContaining("partition p")
        .hasMessageContaining("2");
    assertThat(partition.pushAsync(task("c")))
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(QueueFullException.class);
    assertThat(partition.push(task("a")).duplicate()).isTrue();

    // Outstanding tasks count, settled ones do not, and a refused id is not remembered.
    var delivery = pullOne();
    assertThatThrownBy(() -> partition.push(task("c"))).isInstanceOf(QueueFullException.class);
    delivery.ack();
    assertThat(partition.push(task("c")).duplicate()).isFalse();
  }

  @Test
  void pushAsyncIsConfirmedImmediately() {
    assertThat(partition.pushAsync(task("a"))).isCompletedWithValue(new PushReceipt("a", false));
    assertThat(partition.stats().ready()).isEqualTo(1);
  }

  @Test
  void pushAllReportsTheOutcomeOfEachTask() throws InterruptedException {
    configure(CONFIG.withMaxTasks(2));

    PushReport report =
        partition.pushAll(List.of(task("a"), task("b"), task("a"), task("c"), task("b")));

    assertThat(report.outcomes())
        .extracting(PushOutcome::taskId)
        .containsExactly("a", "b", "a", "c", "b");
    assertThat(report.outcomes().get(2))
        .isEqualTo(new PushOutcome.Stored(new PushReceipt("a", true)));
    assertThat(report.failures())
        .singleElement()
        .asInstanceOf(type(PushOutcome.Refused.class))
        .extracting(PushOutcome.Refused::error)
        .isInstanceOf(QueueFullException.class);
    assertThat(pullIds(10)).containsExactly("a", "b");
    assertThat(partition.pushAll(List.of()).outcomes()).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void badInputIsRefusedAndChangesNothing() throws InterruptedException {
    configure(CONFIG.withMaxPayloadBytes(3));
    Task tooLarge = Task.of("large", "1234");
    push3Bytes("a");

    assertThatThrownBy(() -> partition.push(tooLarge))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("4");
    assertThatThrownBy(() -> partition.pushAsync(tooLarge))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.pushAll(List.of(task("b"), tooLarge)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.pushAll(Arrays.asList(task("b"), null)))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.pushAll(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.push(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.puller(null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.deadLetters().redrive(null))
        .isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> partition.deadLetters().list(0))
        .isInstanceOf(InvalidInputException.class);
    for (String name : new String[] {null, "", "p.q", "p*", ">", "a b", "\u202e", "x".repeat(65)}) {
      assertThatThrownBy(() -> queue.partition(name)).isInstanceOf(InvalidInputException.class);
    }
    for (int max : new int[] {-1, 0, 10_001}) {
      assertThatThrownBy(() -> puller.pull(max, Duration.ZERO))
          .isInstanceOf(InvalidInputException.class);
    }
    for (Duration wait : new Duration[] {null, Duration.ofNanos(-1), Duration.ofDays(2)}) {
      assertThatThrownBy(() -> puller.pull(1, wait)).isInstanceOf(InvalidInputException.class);
    }

    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    push3Bytes("b");
    assertThat(pullIds(10)).containsExactly("a", "b");
  }

  private void push3Bytes(String id) {
    partition.push(Task.of(id, "123"));
  }

  @Test
  void aBatchIsRefusedIfItsTasksTogetherFindNoRoom() throws InterruptedException {
    configure(CONFIG.withMaxTasks(2));
    Duration later = Duration.ofSeconds(30);
    List<Task> ready = List.of(task("a"), task("b"), task("c"));
    List<Task> delayed = ready.stream().map(task -> task.withDelay(later)).toList();
    for (List<Task> batch : List.of(ready, delayed)) {
      assertThatThrownBy(() -> partition.pushAtomically(batch))
          .isInstanceOf(QueueFullException.class);
      assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
    }

    partition.pushAtomically(delayed.subList(0, 2));
    assertThatThrownBy(() -> partition.pushAtomically(List.of(task("d").withDelay(later))))
        .isInstanceOf(QueueFullException.class);
    partition.pushAtomically(List.of(task("e"), task("f")));
    assertThat(partition.stats()).isEqualTo(new Stats(2, 0, 0, 2, 0));
  }

  @Test
  void aBatchReportsItsDuplicatesAndServesWaitingPulls() throws Exception {
    push("known");
    pullOne();
    Running<List<Delivery>> waiting = blockedPull(puller, 10, WINDOW);

    assertThat(partition.pushAtomically(List.of(task("known"), task("a"), task("b"), task("a"))))
        .containsExactly(
            new PushReceipt("known", true),
            new PushReceipt("a", false),
            new PushReceipt("b", false),
            new PushReceipt("a", true));

    assertThat(server.blockedPulls()).isZero();
    assertThat(ids(waiting.get())).containsExactly("a", "b");
    assertThat(partition.push(task("b")).duplicate()).isTrue();
  }

  @Test
  void aBatchFindsRoomInEachPriorityOnItsOwn() throws InterruptedException {
    configure(CONFIG.withPriorities(2).withMaxTasks(2));
    Task high = task("high").withPriority(1);
    assertThatThrownBy(
            () ->
                partition.pushAtomically(
                    List.of(
                        task("low"),
                        high,
                        task("high-2").withPriority(1),
                        task("high-3").withPriority(1))))
        .isInstanceOf(QueueFullException.class);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));

    partition.pushAtomically(List.of(task("a"), task("b"), high, task("high-2").withPriority(1)));
    assertThat(partition.stats()).isEqualTo(new Stats(4, 0, 0));
    for (int priority = 0; priority < 2; priority++) {
      Task more = task("more").withPriority(priority);
      assertThatThrownBy(() -> partition.push(more)).isInstanceOf(QueueFullException.class);
    }
  }

  /** Delayed tasks of all priorities count against a delayed one. */
  @Test
  void aBatchOfDelayedTasksOfTwoPrioritiesCountsTogether() throws InterruptedException {
    configure(CONFIG.withPriorities(2).withMaxTasks(2));
    Duration later = Duration.ofSeconds(30);
    Task low = task("low").withDelay(later);
    Task high = task("high").withDelay(later).withPriority(1);
    assertThatThrownBy(
            () -> partition.pushAtomically(List.of(low, high, task("more").withDelay(later))))
        .isInstanceOf(QueueFullException.class);
    assertThat(partition.stats().delayed()).isZero();

    partition.pushAtomically(List.of(low, high, task("now")));

    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0, 2, 0));
  }
}
