// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The pushes of a client: the checks, the calls of the driver, and the reported events. */
@SuppressWarnings("FutureReturnValueIgnored") // An answer is the value of a call.
class ClientPushTest {

  private static final QueueConfig CONFIG =
      QueueConfig.defaults().withMaxPayloadBytes(10).withPriorities(2);

  private final RecordedDriver driver = new RecordedDriver();
  private final List<String> told = new ArrayList<>();
  private final List<Task> sent = new ArrayList<>();
  private final TaskQueue queue = driver.open(CONFIG, new Recorder(told));
  private final Partition partition = queue.partition("p");

  /** The error of the push of a task with this id. */
  private String failing = "";

  private TaskQueueException error = new QueueFullException("full", null);

  @SuppressWarnings("unchecked")
  ClientPushTest() {
    driver.answers.put(
        "PartitionDriver.push",
        arguments -> push((Task) arguments[0], (Completion<? super PushReceipt>) arguments[1]));
    driver.answers.put(
        "PartitionDriver.pushAll",
        arguments ->
            ((List<Task>) arguments[0])
                .stream().map(task -> push(task, Completion.none())).toList());
    driver.answers.put(
        "PartitionDriver.pushAtomically",
        arguments -> {
          List<Task> tasks = (List<Task>) arguments[0];
          sent.addAll(tasks);
          return tasks.stream().map(task -> new PushReceipt(task.id(), false)).toList();
        });
    driver.calls.clear();
  }

  private DriverFuture<PushReceipt> push(Task task, Completion<? super PushReceipt> completion) {
    sent.add(task);
    return task.id().equals(failing)
        ? DriverFuture.failed(completion, error)
        : DriverFuture.done(completion, new PushReceipt(task.id(), task.id().startsWith("dup")));
  }

  private static Task task(String id) {
    return Task.of(id, "");
  }

  /** Each way to push one task. */
  private List<Consumer<Task>> ways() {
    return List.of(
        task -> assertThat(partition.push(task)).isNotNull(),
        task -> assertThat(partition.pushAsync(task)).isCompleted(),
        task -> assertThat(partition.pushAll(List.of(task)).allStored()).isTrue(),
        task -> assertThat(partition.pushAtomically(List.of(task))).hasSize(1));
  }

  @Test
  void theDriverReceivesTheTaskTheUrgencyAndTheDeadline() {
    ways().forEach(way -> way.accept(task("a")));
    assertThat(driver.taken())
        .containsExactly(
            "PartitionDriver.check a",
            "PartitionDriver.check a",
            "PartitionDriver.push a AWAITED at +PT5S",
            "PartitionDriver.check a",
            "PartitionDriver.check a",
            "PartitionDriver.push a PIPELINED at +PT5S",
            "PartitionDriver.check a",
            "PartitionDriver.check a",
            "PartitionDriver.pushAll [a] for PT5S",
            "PartitionDriver.check a",
            "PartitionDriver.check a",
            "PartitionDriver.pushAtomically [a] at +PT5S");
  }

  /** Otherwise a tracer could break a push, and would never receive its end. */
  @Test
  @SuppressWarnings("unchecked")
  void headersOfAListenerThatTheQueueRefusesAreIgnored() {
    RecordedDriver strict = new RecordedDriver();
    List<Task> stored = new ArrayList<>();
    refuse(strict, task -> task.headers().containsKey("bad"));
    strict.answers.put(
        "PartitionDriver.pushAtomically",
        arguments -> {
          stored.addAll((List<Task>) arguments[0]);
          return List.of();
        });
    Partition listened =
        strict.open(CONFIG, adding("first"), adding("bad"), adding("last")).partition("p");
    assertThat(listened.pushAtomically(List.of(task("a")))).isEmpty();
    assertThat(stored)
        .containsExactly(task("a").withHeader("first", "yes").withHeader("last", "yes"));
    assertThatThrownBy(() -> listened.push(task("a").withHeader("bad", "of the user")))
        .isInstanceOf(InvalidInputException.class);
  }

  /** The driver refuses these tasks. */
  private static void refuse(RecordedDriver driver, Predicate<Task> bad) {
    driver.answers.put(
        "PartitionDriver.check",
        arguments -> {
          if (bad.test((Task) arguments[0])) {
            throw new InvalidInputException("task", arguments[0], "is refused by the driver");
          }
          return null;
        });
  }

  private static QueueListener adding(String header) {
    return new QueueListener() {
      @Override
      public Task pushing(String name, Task task) {
        return task.withHeader(header, "yes");
      }
    };
  }

  /** The time of a listener is not that of the exchange. */
  @Test
  void theDeadlineOfAPushBeginsAfterItsListeners() {
    RecordedDriver slow = new RecordedDriver();
    QueueListener taking =
        new QueueListener() {
          @Override
          public Task pushing(String name, Task task) {
            slow.clock.advance(Duration.ofSeconds(3));
            return task;
          }
        };
    Partition listened = slow.open(CONFIG, taking).partition("p");
    assertThat(listened.push(task("a"))).isNotNull();
    assertThat(listened.pushAsync(task("a"))).isCompleted();
    assertThat(listened.pushAtomically(List.of(task("a"), task("b")))).isEmpty();
    assertThat(slow.taken())
        .filteredOn(call -> call.startsWith("PartitionDriver.push"))
        .containsExactly(
            "PartitionDriver.push a AWAITED at +PT5S",
            "PartitionDriver.push a PIPELINED at +PT5S",
            "PartitionDriver.pushAtomically [a,b] at +PT5S");
  }

  /** The wait ends by the deadline that the driver has, whatever the driver's call took. */
  @Test
  void aPushIsAwaitedUntilItsOwnDeadline() {
    long deadline = driver.clock.nanoTime() + RecordedDriver.TIMEOUT.toNanos();
    driver.answers.put(
        "PartitionDriver.push",
        arguments -> {
          driver.clock.advance(Duration.ofSeconds(2));
          return new DriverFuture<>(Completion.none());
        });
    assertThatThrownBy(() -> partition.push(task("a")))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageStartingWith("no confirmation arrived in time");
    assertThat(driver.clock.waits).containsExactly(deadline + Duration.ofSeconds(10).toNanos());
    assertThat(told)
        .containsExactly("pushing p a", "pushFailed p a OutcomeUnknownException Optional[a]");
  }

  /** The driver ends each push by its own deadline; this is for a machine that was suspended. */
  @Test
  void eachPushOfABatchIsAwaitedForItsTimeout() {
    driver.answers.put(
        "PartitionDriver.pushAll",
        arguments ->
            List.of(new DriverFuture<>(Completion.none()), new DriverFuture<>(Completion.none())));
    driver.clock.perWait = Duration.ofSeconds(2);
    long end =
        driver.clock.nanoTime()
            + RecordedDriver.TIMEOUT.toNanos()
            + Duration.ofSeconds(10).toNanos();
    assertThat(partition.pushAll(List.of(task("a"), task("b"))).failures()).hasSize(2);
    assertThat(driver.clock.waits).containsExactly(end, end + Duration.ofSeconds(2).toNanos());
  }

  @Test
  void eachWayRefusesWhatTheQueueDoesNotTake() {
    refuse(driver, task -> task.id().equals("odd"));
    List<Task> bad =
        Arrays.asList(
            null,
            Task.of("a", "x".repeat(11)),
            task("a").withPriority(2),
            task("odd"),
            task("a").withDelay(Duration.ofSeconds(2)).withTimeToLive(Duration.ofSeconds(2)));
    for (Task each : bad) {
      for (Consumer<Task> way : ways()) {
        assertThatThrownBy(() -> way.accept(each))
            .as("%s", each)
            .isInstanceOfAny(InvalidInputException.class, NullPointerException.class);
      }
      assertThatThrownBy(() -> partition.pushAll(Arrays.asList(task("good"), each)))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> partition.pushAtomically(Arrays.asList(task("good"), each)))
          .isInstanceOf(InvalidInputException.class);
    }
    assertThat(sent).isEmpty();
    assertThat(told).as("nothing is announced before all tasks are checked").isEmpty();
    ways().forEach(way -> way.accept(Task.of("a", "x".repeat(10)).withPriority(1)));
    assertThat(sent).hasSize(4);
  }

  @Test
  void aTimeBecomesADelayOrADeadlineInEachWay() {
    Instant now = driver.clock.now();
    for (Consumer<Task> way : ways()) {
      sent.clear();
      way.accept(
          task("a").withDelayUntil(now.plusSeconds(7)).withTimeToLive(Duration.ofSeconds(9)));
      assertThat(sent)
          .containsExactly(
              task("a").withDelay(Duration.ofSeconds(7)).withDeadline(now.plusSeconds(9)));
    }
  }

  @Test
  void aPastInstantIsNoDelayAndAPastDeadlineIsKept() {
    Instant now = driver.clock.now();
    assertThat(partition.push(task("a").withDelayUntil(now.minusSeconds(7)))).isNotNull();
    assertThat(partition.push(task("b").withDelayUntil(now))).isNotNull();
    assertThat(partition.push(task("c").withDeadline(now.minusSeconds(7)))).isNotNull();
    assertThat(partition.push(task("d").withDelay(Duration.ofSeconds(3)))).isNotNull();
    assertThat(sent)
        .containsExactly(
            task("a"),
            task("b"),
            task("c").withDeadline(now.minusSeconds(7)),
            task("d").withDelay(Duration.ofSeconds(3)));
  }

  @Test
  void aDelayEndsBeforeTheDeadline() {
    Instant now = driver.clock.now();
    Task delayed = task("a").withDelay(Duration.ofSeconds(2));
    for (Task late :
        List.of(
            delayed.withDeadline(now.plusSeconds(2)),
            delayed.withDeadline(now.minusSeconds(2)),
            task("a").withDelayUntil(now.plusSeconds(2)).withTimeToLive(Duration.ofSeconds(2)))) {
      assertThatThrownBy(() -> partition.push(late))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("push delay PT2S: must end before the deadline of the task");
    }
    assertThat(partition.push(delayed.withDeadline(now.plusSeconds(2).plusNanos(1)))).isNotNull();
    assertThatThrownBy(
            () -> partition.push(task("a").withDelayUntil(now.plus(Duration.ofDays(366)))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("push delay PT8784H");
  }

  @Test
  void eachOutcomeOfABatchIsReportedOnceInOrder() {
    failing = "b";
    error = new QueueFullException("full", null);
    PushReport report = partition.pushAll(List.of(task("a"), task("b"), task("dup")));
    assertThat(report.outcomes()).extracting(PushOutcome::taskId).containsExactly("a", "b", "dup");
    assertThat(report.outcomes().get(0))
        .isEqualTo(new PushOutcome.Stored(new PushReceipt("a", false)));
    assertThat(report.outcomes().get(1)).isInstanceOf(PushOutcome.Refused.class);
    assertThat(report.outcomes().get(2))
        .isEqualTo(new PushOutcome.Stored(new PushReceipt("dup", true)));
    error = new OutcomeUnknownException("lost", null);
    PushReport unknown = partition.pushAll(List.of(task("b")));
    assertThat(unknown.outcomes().get(0)).isInstanceOf(PushOutcome.Unknown.class);
    TaskQueueException seen = unknown.outcomes().get(0).failure().orElseThrow();
    assertThat(seen).hasCause(error);
    assertThat(seen.partition()).contains("p");
    assertThat(seen.taskId()).contains("b");
    assertThat(told)
        .containsExactly(
            "pushing p a",
            "pushing p b",
            "pushing p dup",
            "pushed p a false",
            "pushFailed p b QueueFullException Optional[b]",
            "pushed p dup true",
            "pushing p b",
            "pushFailed p b OutcomeUnknownException Optional[b]");
  }

  @Test
  void anEmptyBatchIsEmpty() {
    assertThat(partition.pushAll(List.of()).outcomes()).isEmpty();
    assertThat(partition.pushAtomically(List.of())).isEmpty();
    assertThat(partition.ackAll(List.of())).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void aFailedAtomicPushIsReportedForEachTask() {
    driver.fails("PartitionDriver.pushAtomically", new QueueFullException("full", null));
    assertThatThrownBy(() -> partition.pushAtomically(List.of(task("a"), task("b"))))
        .isInstanceOfSatisfying(QueueFullException.class, e -> assertThat(e.taskId()).isEmpty());
    assertThat(told)
        .containsExactly(
            "pushing p a",
            "pushing p b",
            "pushFailed p a QueueFullException Optional[a]",
            "pushFailed p b QueueFullException Optional[b]");
  }

  @Test
  void anAtomicPushIsReportedForEachTask() {
    assertThat(partition.pushAtomically(List.of(task("a"), task("b")))).hasSize(2);
    assertThat(told)
        .containsExactly("pushing p a", "pushing p b", "pushed p a false", "pushed p b false");
  }

  @Test
  void anAtomicPushHasAThousandTasksAndEightMebibytes() {
    List<Task> thousand = IntStream.range(0, 1_000).mapToObj(i -> task("t" + i)).toList();
    assertThat(partition.pushAtomically(thousand)).hasSize(1_000);
    List<Task> more = new ArrayList<>(thousand);
    more.add(task("more"));
    assertThatThrownBy(() -> partition.pushAtomically(more))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("tasks of an atomic push 1001: must be at most 1000");
    QueueConfig large = QueueConfig.defaults().withMaxPayloadBytes(8 * 1024 * 1024);
    Partition other = new RecordedDriver().open(large).partition("q");
    byte[] most = new byte[8 * 1024 * 1024 - 1];
    assertThat(other.pushAtomically(List.of(Task.of("a", most), Task.of("b", "x")))).isEmpty();
    assertThatThrownBy(() -> other.pushAtomically(List.of(Task.of("a", most), Task.of("b", "xy"))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("bytes of an atomic push 8388609: must be at most 8388608");
  }

  @Test
  void aBatchOnAClosedQueueIsRefusedAndReportedToNoListener() {
    queue.close();
    driver.calls.clear();
    List<List<Task>> batches =
        List.of(List.of(), List.of(task("a")), List.of(task("a"), task("b")));
    for (List<Task> batch : batches) {
      for (Runnable call :
          List.<Runnable>of(
              () -> assertThat(partition.pushAll(batch)).isNull(),
              () -> partition.pushAtomically(batch))) {
        assertThatThrownBy(call::run)
            .isInstanceOfSatisfying(
                QueueClosedException.class,
                e -> {
                  assertThat(e.partition()).contains("p");
                  assertThat(e.taskId()).isEqualTo(batch.stream().findFirst().map(Task::id));
                });
      }
    }
    assertThat(sent).isEmpty();
    assertThat(told).isEmpty();
  }

  /** A tracer ends its span with the second event. */
  @Test
  void aPushThatACloseInterruptsIsReported() {
    failing = "a";
    error = new QueueClosedException("closed", null);
    assertThatThrownBy(() -> partition.push(task("a"))).isInstanceOf(QueueClosedException.class);
    assertThat(partition.pushAsync(task("a"))).isCompletedExceptionally();
    assertThat(partition.pushAll(List.of(task("a"))).failures()).hasSize(1);
    assertThat(told).filteredOn(line -> line.contains("pushing")).hasSize(3);
    assertThat(told).filteredOn(line -> line.contains("pushFailed")).hasSize(3);
  }

  @Test
  void aFailedPushIsReportedInBothForms() {
    failing = "a";
    assertThatThrownBy(() -> partition.push(task("a")))
        .hasCause(error)
        .isInstanceOfSatisfying(
            QueueFullException.class,
            e -> {
              assertThat(e.partition()).contains("p");
              assertThat(e.taskId()).contains("a");
            });
    CompletableFuture<PushReceipt> push = partition.pushAsync(task("a"));
    assertThatThrownBy(push::join)
        .cause()
        .isInstanceOfSatisfying(
            QueueFullException.class, e -> assertThat(e.taskId()).isEqualTo(Optional.of("a")));
    assertThat(told)
        .containsExactly(
            "pushing p a",
            "pushFailed p a QueueFullException Optional[a]",
            "pushing p a",
            "pushFailed p a QueueFullException Optional[a]");
  }

  @Test
  void anUnexpectedFailureIsAnUnknownOutcome() {
    failing = "a";
    driver.answers.put(
        "PartitionDriver.push",
        arguments -> {
          @SuppressWarnings("unchecked")
          DriverFuture<PushReceipt> future =
              new DriverFuture<>((Completion<? super PushReceipt>) arguments[1]);
          future.fail(new IllegalStateException("a defect"));
          return future;
        });
    assertThatThrownBy(() -> partition.push(task("a")))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("a defect");
    assertThatThrownBy(() -> partition.pushAsync(task("a")).join())
        .hasCauseInstanceOf(OutcomeUnknownException.class);
  }

  @Test
  void anInterruptedPushIsUnknownAndKeepsTheInterrupt() {
    driver.answers.put("PartitionDriver.push", arguments -> new DriverFuture<>(Completion.none()));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> partition.push(task("a")))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageStartingWith("interrupted before the confirmation");
    assertThat(Thread.interrupted()).isTrue();
    driver.answers.put(
        "PartitionDriver.pushAll",
        arguments ->
            List.of(
                DriverFuture.done(Completion.none(), new PushReceipt("a", false)),
                new DriverFuture<>(Completion.none())));
    Thread.currentThread().interrupt();
    PushReport report = partition.pushAll(List.of(task("a"), task("b")));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(report.outcomes().get(0).isStored()).isTrue();
    assertThat(report.outcomes().get(1)).isInstanceOf(PushOutcome.Unknown.class);
  }

  private record Recorder(List<String> told) implements QueueListener {

    @Override
    public Task pushing(String partition, Task task) {
      told.add("pushing " + partition + " " + task.id());
      return task;
    }

    @Override
    public void pushed(QueueEvent.Pushed event) {
      told.add("pushed " + event.partition() + " " + event.taskId() + " " + event.duplicate());
    }

    @Override
    public void pushFailed(QueueEvent.PushFailed event) {
      told.add(
          "pushFailed "
              + event.partition()
              + " "
              + event.taskId()
              + " "
              + event.error().getClass().getSimpleName()
              + " "
              + event.error().taskId());
    }
  }
}
