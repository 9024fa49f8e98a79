// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Worker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The calls of a worker that wait: their lengths, their wake-ups, and their interrupts. */
class WorkerWaitTest {

  private static final Duration BRIEFLY = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofHours(1);
  private final QueueUnavailableException away = new QueueUnavailableException("away", null);

  private final ScriptedWorker on = new ScriptedWorker();
  private final CompletableFuture<Void> stage = new CompletableFuture<>();

  /** The stage of a handler that continues after its worker. */
  private final CompletableFuture<Void> stubborn =
      new CompletableFuture<>() {
        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
          return false;
        }
      };

  @AfterEach
  void clearInterrupt() {
    boolean unused = Thread.interrupted();
  }

  /** A worker with a task whose stage is open, and a task ahead. */
  private TaskWorker busy() {
    return on.startAsync(task -> stage, on.options(1).withFetchAhead(2));
  }

  private static void answer(RecordedDelivery task) {
    boolean unused = task.unanswered.remove().complete(Settlement.SETTLED);
  }

  private void assertNoTimePassed(String call) {
    assertThat(on.clock.elapsed()).as("the time of the %s", call).isEqualTo(Duration.ZERO);
  }

  @Test
  void aPauseWaitsHalfASecondForTheConfirmations() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    tasks.forEach(task -> task.silent = true);
    on.come(tasks);
    worker.pause();
    assertThat(on.clock.waits).containsExactly(BRIEFLY);
    assertThat(worker.ahead()).isZero();
    worker.pause();
    assertThat(on.clock.waits).as("a second pause").containsExactly(BRIEFLY);
    assertThat(tasks.get(1).sent).containsExactly("release");
  }

  @Test
  void aPauseEndsWithItsLastConfirmation() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b", "c");
    tasks.forEach(task -> task.silent = true);
    on.come(tasks);
    on.clock.others.add(() -> answer(tasks.get(1)));
    on.clock.others.add(() -> answer(tasks.get(2)));
    worker.pause();
    assertThat(on.clock.others).as("confirmations that the pause did not wait for").isEmpty();
    assertNoTimePassed("pause");
  }

  /** Its confirmations do not come. */
  @Test
  void aPauseWithoutAConnectionDoesNotWait() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b");
    tasks.get(1).silent = true;
    on.come(tasks);
    on.fail(away);
    worker.pause();
    assertThat(on.clock.waits).isEmpty();
  }

  @Test
  void anInterruptedPausePausesAndKeepsTheInterrupt() {
    on.ignoresCancel = true;
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = on.come("a", "b");
    Thread.currentThread().interrupt();
    worker.pause();
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(worker.state()).isEqualTo(State.PAUSED);
    assertThat(tasks.get(1).sent).containsExactly("release");
    assertThat(on.calls).containsExactly("cancel");
  }

  @Test
  void onlyAPausedWorkerIsResumed() {
    TaskWorker worker = on.start(task -> {}, on.options(1));
    worker.resume();
    assertThat(on.pulls).as("pulls of a running worker").hasSize(1);
    worker.pause();
    assertThat(on.pulls).as("pulls of a paused worker").hasSize(1);
    worker.resume();
    worker.resume();
    assertThat(worker.state()).isEqualTo(State.RUNNING);
    assertThat(on.pulls).as("pulls after the resume").hasSize(2);
    worker.pause();
    assertThat(worker.state()).as("the second pause").isEqualTo(State.PAUSED);
  }

  /** A running task ends in a paused worker, which starts no other one. */
  @Test
  void aPausedWorkerStillSettlesItsRunningTask() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = on.come("a", "b");
    worker.pause();
    boolean unused = stage.complete(null);
    assertThat(tasks.get(0).sent).containsExactly("ack");
    assertThat(tasks.get(1).sent).containsExactly("release");
    assertThat(worker.running()).isZero();
    assertThat(on.pulls).hasSize(2);
  }

  @Test
  void aDrainChecksItsDeadlineBeforeItChangesTheWorker() throws InterruptedException {
    TaskWorker worker = on.start(task -> {}, on.options(1));
    Duration longest = Duration.ofDays(365);
    List<Duration> bad = new ArrayList<>();
    bad.add(null);
    bad.add(Duration.ofNanos(-1));
    bad.add(longest.plusNanos(1));
    for (Duration each : bad) {
      assertThatThrownBy(() -> worker.drain(each))
          .as("a drain with the deadline %s", each)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("deadline")
          .hasMessageContaining(longest.toString());
      assertThat(worker.state()).isEqualTo(State.RUNNING);
    }
    assertThat(worker.drain(longest)).isTrue();
    assertThat(worker.state()).isEqualTo(State.CLOSED);
  }

  @Test
  void aDrainLastsUntilItsDeadline() throws InterruptedException {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = on.come("a", "b");
    on.clock.others.add(
        () -> {
          assertThat(on.calls).as("the end of the pull").containsExactly("cancel");
          assertThat(tasks.get(1).sent).as("the task ahead").containsExactly("release");
          assertThat(tasks.get(0).sent).as("the running task").isEmpty();
        });
    assertThat(worker.drain(LONG)).isFalse();
    assertThat(on.clock.elapsed()).isEqualTo(LONG);
    assertThat(tasks.get(0).sent).containsExactly("release");
  }

  /** A drain with a lost wake-up would last until its deadline. */
  @Test
  void aDrainEndsWithTheLastHandler() throws InterruptedException {
    TaskWorker worker = busy();
    RecordedDelivery task = on.come("a").get(0);
    on.clock.others.add(() -> stage.complete(null));
    assertThat(worker.drain(LONG)).isTrue();
    assertNoTimePassed("drain");
    assertThat(task.sent).containsExactly("ack");
  }

  /** The worker has settled its task at the limit. */
  @Test
  void aDrainEndsWithAHandlerThatExceededItsLimit() throws InterruptedException {
    TaskWorker worker =
        on.startAsync(task -> stubborn, on.options(1).withTimeLimit(Duration.ofSeconds(1)));
    RecordedDelivery task = on.come("a").get(0);
    on.clock.advance(Duration.ofSeconds(1));
    assertThat(task.sent).hasSize(1);
    Duration before = on.clock.elapsed();
    on.clock.others.add(() -> stubborn.complete(null));
    assertThat(worker.drain(LONG)).isTrue();
    assertThat(on.clock.elapsed()).as("the time after the drain").isEqualTo(before);
    assertThat(task.sent).hasSize(1);
  }

  @Test
  void aDrainEndsWithTheLastConfirmation() throws InterruptedException {
    TaskWorker worker = on.start(task -> {}, on.options(2));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b");
    tasks.forEach(task -> task.silent = true);
    on.come(tasks);
    assertThat(worker.running()).isZero();
    assertThat(worker.isAtRest()).as("at rest with open acks").isFalse();
    on.clock.others.add(() -> answer(tasks.get(1)));
    on.clock.others.add(() -> answer(tasks.get(0)));
    assertThat(worker.drain(LONG)).isTrue();
    assertNoTimePassed("drain");
  }

  /** No task runs, so the drain waits for nothing else. */
  @Test
  void aDrainWaitsHalfASecondForTheTasksAheadThatItGivesBack() throws InterruptedException {
    TaskWorker worker =
        on.start(task -> {}, on.options(1).withFetchAhead(2).withExecutor(command -> {}));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b");
    tasks.forEach(task -> task.silent = true);
    on.come(tasks);
    on.clock.others.add(() -> answer(tasks.get(0)));
    assertThat(worker.drain(Duration.ZERO)).isTrue();
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
    assertThat(on.clock.others).as("confirmations that the drain did not wait for").isEmpty();
    assertThat(on.clock.waits).containsExactly(BRIEFLY);
    assertThat(on.clock.elapsed()).isEqualTo(BRIEFLY);
  }

  @Test
  void theEarliestDeadlineOfSeveralDrainsCounts() throws InterruptedException {
    TaskWorker worker = on.startAsync(task -> stubborn, on.options(1));
    RecordedDelivery task = on.come("a").get(0);
    on.clock.others.add(
        () -> {
          try {
            assertThat(worker.drain(Duration.ZERO)).isFalse();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    assertThat(worker.drain(LONG)).as("each handler has ended").isFalse();
    assertNoTimePassed("drain");
    assertThat(task.sent).containsExactly("release");
    assertThat(on.ended).hasSize(1);
    assertThat(worker.running()).isOne();
    assertThat(worker.drain(LONG)).as("a drain of a closed worker").isFalse();
    assertNoTimePassed("drain");
    boolean unused = stubborn.complete(null);
    assertThat(task.sent).as("after the end of its handler").containsExactly("release");
    assertThat(worker.running()).isZero();
    assertThat(worker.drain(LONG)).isTrue();
  }

  @Test
  void anInterruptedDrainEndsTheWorker() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = on.come("a", "b");
    on.clock.others.add(Thread.currentThread()::interrupt);
    assertThatThrownBy(() -> worker.drain(LONG)).isInstanceOf(InterruptedException.class);
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(stage).isCancelled();
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
    assertNoTimePassed("drain");
  }

  @Test
  void anInterruptedCloseEndsTheWorkerAndKeepsTheInterrupt() {
    TaskWorker worker = busy();
    List<RecordedDelivery> tasks = on.come("a", "b");
    on.clock.others.add(Thread.currentThread()::interrupt);
    worker.close();
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    assertThat(tasks).allMatch(task -> task.sent.equals(List.of("release")));
  }

  /** A worker whose tasks are done and whose acks have failed for some time. */
  private TaskWorker unacked(Duration time) {
    TaskWorker worker =
        on.start(task -> {}, on.options(1).withCloseDeadline(Duration.ofSeconds(25)));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a");
    tasks.get(0).failure = away;
    on.come(tasks);
    on.clock.advance(time);
    assertThat(worker.running()).isZero();
    return worker;
  }

  private Duration timeOfClose(TaskWorker worker) {
    Duration before = on.clock.elapsed();
    worker.close();
    assertThat(worker.state()).isEqualTo(State.CLOSED);
    return on.clock.elapsed().minus(before);
  }

  @Test
  void aCloseWaitsForTheRestOfItsDeadlineForAcks() {
    assertThat(timeOfClose(unacked(Duration.ofSeconds(10)))).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void aCloseAfterALongOutageDoesNotWaitAndDoesNotFail() {
    assertThat(timeOfClose(unacked(Duration.ofMinutes(10)))).isEqualTo(Duration.ZERO);
  }

  /** Its work must not be interrupted because of the failed acks of other tasks. */
  @Test
  void aCloseWithARunningHandlerWaitsForItsWholeDeadline() {
    TaskWorker worker =
        on.startAsync(
            task -> task.taskId().equals("a") ? CompletableFuture.completedFuture(1) : stage,
            on.options(2).withCloseDeadline(Duration.ofSeconds(25)));
    List<RecordedDelivery> tasks = ScriptedWorker.tasks("a", "b");
    tasks.get(0).failure = away;
    on.come(tasks);
    on.clock.advance(Duration.ofSeconds(10));
    assertThat(timeOfClose(worker)).isEqualTo(Duration.ofSeconds(25));
  }

  /** The pull of a worker that ends with its queue may bring tasks for some time. */
  @Test
  void theEndWithTheQueueWaitsHalfASecondForThePull() {
    on.ignoresCancel = true;
    TaskWorker worker = on.start(task -> {}, on.options(1));
    boolean unused = worker.endWithQueue(away);
    assertThat(on.calls).as("the pulls of other workers end first").containsExactly("cancel");
    worker.awaitEnd();
    assertThat(on.calls).contains("close");
    assertThat(on.clock.waits).containsExactly(BRIEFLY);
  }
}
