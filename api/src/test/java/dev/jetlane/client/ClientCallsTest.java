// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Every blocking call that is passed to the driver: its arguments, its one deadline, its result,
 * and the partition and the task that its exception names.
 */
class ClientCallsTest {

  private static final Stats STATS = new Stats(1, 2, 3, 4, 5);
  private static final PartitionSummary SUMMARY =
      new PartitionSummary("p", STATS, 6, Optional.empty());
  private static final DeadLetter LETTER =
      new DeadLetter("9", "t", new byte[0], Map.of(), 0, 1, "bad", Instant.EPOCH);

  /**
   * A call.
   *
   * @param wanted the call that the driver receives
   * @param task the task that an exception names, beside the partition p
   */
  private record Call(String wanted, @Nullable String task, Object result, Callable<?> call) {}

  private final RecordedDriver driver = new RecordedDriver();
  private final TaskQueue queue = driver.open(QueueConfig.defaults());
  private final Partition partition = queue.partition("p");
  private final PartitionAdmin admin = queue.admin().partition("p");
  private final DeadLetterAdmin letters = admin.deadLetters();
  private final List<Call> calls = new ArrayList<>();

  ClientCallsTest() {
    ofPartition();
    ofOperator();
    ofLetters();
    driver.calls.clear();
  }

  private void add(String wanted, @Nullable String task, Object result, Callable<?> call) {
    String name = wanted.substring(0, wanted.indexOf(' '));
    driver.answers.put(name, arguments -> result);
    calls.add(new Call(wanted, task, result, call));
  }

  private static Callable<?> nothing(Runnable call) {
    return () -> {
      call.run();
      return "done";
    };
  }

  private void ofPartition() {
    add("PartitionDriver.stats at +PT5S", null, STATS, partition::stats);
    add(
        "PartitionDriver.oldestAge at +PT5S",
        null,
        Optional.of(Duration.ofSeconds(9)),
        partition::oldestAge);
    add("PartitionDriver.cancel t at +PT5S", "t", true, () -> partition.cancel("t"));
    add(
        "PartitionDriver.pushAtomically [a,b] at +PT5S",
        null,
        List.of(new PushReceipt("a", false), new PushReceipt("b", true)),
        () -> partition.pushAtomically(List.of(Task.of("a", ""), Task.of("b", ""))));
    add(
        "PartitionDriver.deadLetters 3 at +PT20S",
        null,
        List.of(LETTER),
        () -> partition.deadLetters().list(3));
    add(
        "PartitionDriver.redrive 9 at +PT5S",
        null,
        true,
        () -> partition.deadLetters().redrive("9"));
    add(
        "PartitionDriver.purgeDeadLetters at +PT5S",
        null,
        7L,
        () -> partition.deadLetters().purge());
  }

  private void ofOperator() {
    add("PartitionAdminDriver.summary at +PT5S", null, SUMMARY, admin::summary);
    add(
        "PartitionAdminDriver.tasks TaskQuery[any state, max 3] at +PT20S",
        null,
        new Page<>(List.of(), Optional.of("next")),
        () -> admin.tasks(TaskQuery.defaults().withMax(3)));
    add("PartitionAdminDriver.find t for PT5S", "t", Optional.empty(), () -> admin.find("t"));
    add(
        "PartitionAdminDriver.remove t for PT5S",
        "t",
        Removal.OUTSTANDING,
        () -> admin.remove("t"));
    add("PartitionAdminDriver.purge at +PT5S", null, 7L, admin::purge);
    add("PartitionAdminDriver.delete false at +PT5S", null, "done", nothing(admin::delete));
    add("PartitionAdminDriver.delete true at +PT5S", null, "done", nothing(admin::deleteWithTasks));
    add(
        "PartitionAdminDriver.pause PT1M at +PT5S",
        null,
        "done",
        nothing(() -> admin.pause(Duration.ofMinutes(1))));
    add("PartitionAdminDriver.resume at +PT5S", null, "done", nothing(admin::resume));
  }

  private void ofLetters() {
    DeadLetterQuery query = DeadLetterQuery.defaults();
    add(
        "DeadLetterDriver.page query at +PT13H53M25S",
        null,
        new Page<>(List.of(LETTER), Optional.of("next")),
        () -> letters.page(query));
    add("DeadLetterDriver.find 9 at +PT5S", null, Optional.of(LETTER), () -> letters.find("9"));
    add("DeadLetterDriver.remove 9 at +PT5S", null, true, () -> letters.remove("9"));
    add("DeadLetterDriver.redrive 9 at +PT5S", null, true, () -> letters.redrive("9"));
    add("DeadLetterDriver.move 9 q at +PT5S", null, true, () -> letters.move("9", "q"));
    add("DeadLetterDriver.purge at +PT5S", null, 7L, letters::purge);
  }

  @Test
  void theDriverReceivesTheArgumentsAndOneDeadlineEachTime() throws Exception {
    for (Call each : calls) {
      for (int time = 1; time <= 2; time++) {
        driver.clock.advance(Duration.ofSeconds(3));
        assertThat(each.call.call()).as(each.wanted).isEqualTo(each.result);
        assertThat(driver.taken())
            .as("call %s", time)
            .filteredOn(call -> !call.startsWith("PartitionDriver.check"))
            .containsExactly(each.wanted);
      }
    }
  }

  @Test
  void anExceptionNamesThePartitionAndTheTaskAndHasItsOriginalAsCause() {
    QueueUnavailableException down = new QueueUnavailableException("down", null);
    for (Call each : calls) {
      driver.fails(each.wanted.substring(0, each.wanted.indexOf(' ')), down);
      assertThat(catchThrowable(each.call::call))
          .as(each.wanted)
          .isInstanceOf(QueueUnavailableException.class)
          .isNotSameAs(down)
          .hasCause(down)
          .satisfies(e -> names((TaskQueueException) e, each.task));
    }
  }

  private static void names(TaskQueueException error, @Nullable String task) {
    assertThat(error.partition()).contains("p");
    assertThat(error.taskId()).isEqualTo(Optional.ofNullable(task));
  }

  @Test
  void afterTheCloseNothingReachesTheDriver() {
    queue.close();
    driver.calls.clear();
    for (Call each : calls) {
      // A batch names its first task.
      String task = each.wanted.contains("pushAtomically") ? "a" : each.task;
      assertThat(catchThrowable(each.call::call))
          .as(each.wanted)
          .isInstanceOf(QueueClosedException.class)
          .hasMessage("the queue is closed")
          .satisfies(e -> names((TaskQueueException) e, task));
    }
    assertThat(driver.calls).allMatch(call -> call.startsWith("PartitionDriver.check"));
  }

  /** The driver decides what an interrupt does; a call that does not wait ignores it. */
  @Test
  void anInterruptStays() throws Exception {
    for (Call each : calls) {
      Thread.currentThread().interrupt();
      Object result = each.call.call();
      assertThat(Thread.interrupted()).as(each.wanted).isTrue();
      assertThat(result).isEqualTo(each.result);
    }
  }

  @Test
  void theCallsWithoutAPartitionNameNone() {
    driver.answers.put("AdminDriver.partitions", arguments -> List.of(SUMMARY));
    assertThat(queue.admin().partitions()).containsExactly(SUMMARY);
    assertThat(driver.taken()).containsExactly("AdminDriver.partitions at +PT5S");
    driver.fails("AdminDriver.partitions", new QueueUnavailableException("down", null));
    assertThatThrownBy(() -> queue.admin().partitions())
        .isInstanceOfSatisfying(
            QueueUnavailableException.class, e -> assertThat(e.partition()).isEmpty());
  }

  @Test
  void aPartitionThatDoesNotExistIsNamed() {
    driver.answers.put("AdminDriver.partitionAdmin", arguments -> null);
    assertThatThrownBy(() -> queue.admin().partition("q"))
        .hasMessage("there is no partition q")
        .isInstanceOfSatisfying(
            TaskQueueException.class, e -> assertThat(e.partition()).contains("q"));
    assertThat(driver.taken()).containsExactly("AdminDriver.partitionAdmin q at +PT5S");
  }

  @Test
  void theObjectsNameTheirPartition() {
    assertThat(partition.name()).isEqualTo("p");
    assertThat(admin.name()).isEqualTo("p");
    assertThat(partition).hasToString("Partition[p]");
    assertThat(admin).hasToString("PartitionAdmin[p]");
    assertThat(partition.puller()).hasToString("Puller[p]");
    assertThat(partition.deadLetters()).isSameAs(partition.deadLetters());
    assertThat(admin.deadLetters()).isSameAs(admin.deadLetters());
  }
}
