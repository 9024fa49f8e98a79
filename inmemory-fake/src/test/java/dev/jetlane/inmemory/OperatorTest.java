// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.Page;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The operator's view of the queue in memory, exact to the nanosecond. */
class OperatorTest extends QueueTest {

  private PartitionAdmin admin() {
    return queue.admin().partition("p");
  }

  private List<String> partitions() {
    return queue.admin().partitions().stream().map(PartitionSummary::name).toList();
  }

  private List<String> shown() {
    return admin().tasks(TaskQuery.defaults()).items().stream()
        .map(task -> task.id() + " " + task.state())
        .toList();
  }

  private void push(String id, Duration delay) {
    partition.push(Task.of(id, "x").withDelay(delay));
  }

  @Test
  void theEventsShowWhatAnOperatorChanged() throws InterruptedException {
    push("ready", "outstanding");
    push("cancelled", Duration.ofHours(1));
    push("removed", Duration.ofHours(1));
    push("due", Duration.ofSeconds(1));
    advanceSeconds(1);
    pullOne();
    partition.cancel("cancelled");
    assertThat(admin().remove("removed")).isEqualTo(Removal.REMOVED);
    assertThat(admin().remove("due")).isEqualTo(Removal.REMOVED);
    admin().pause(Duration.ofSeconds(9));
    admin().resume();
    admin().purge();
    admin().deleteWithTasks();

    assertThat(server.events())
        .containsExactly(
            "+0s p/ready: stored",
            "+0s p/outstanding: stored",
            "+0s p/cancelled: stored for later until +3600s",
            "+0s p/removed: stored for later until +3600s",
            "+0s p/due: stored for later until +1s",
            "+1s p/due: due",
            "+1s p/ready: leased to puller 1 until +11s (attempt 1)",
            "+1s p/cancelled: cancelled",
            "+1s p/removed: cancelled",
            "+1s p/due: removed",
            "+1s p: paused until +10s",
            "+1s p: resumed",
            "+1s p/outstanding: purged",
            "+1s p/ready: purged (attempt 1)",
            "+1s p: deleted");
    assertThat(partitions()).isEmpty();
  }

  @Test
  void aPurgedTaskNeitherExpiresNorIsLeaked() throws InterruptedException {
    push("held", "given-back", "for-later");
    List<Delivery> all = pull(3);
    all.get(1).nak();
    all.get(2).nak(Duration.ofSeconds(3));

    assertThat(admin().purge()).isEqualTo(3);

    advance(LEASE);
    assertThat(pull(10)).isEmpty();
    assertThat(server.leaks()).containsExactly("unclosed puller: puller 1 of partition p");
    assertThat(all.get(0).ack()).isEqualTo(Settlement.SETTLED_LATE);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  /** A deleted consumer hides a partition only if nothing is stored in it. */
  @Test
  void aPartitionWithoutAConsumerIsSeenWhileItHoldsAnything() throws InterruptedException {
    server.faults().deleteConsumer("p");
    assertThat(partitions()).isEmpty();
    assertThatThrownBy(this::admin).isInstanceOf(QueueRejectedException.class);

    push("later", Duration.ofHours(1));
    assertThat(partitions()).containsExactly("p");
    partition.cancel("later");
    assertThat(partitions()).isEmpty();

    push("ready");
    assertThat(partitions()).containsExactly("p");
    assertThatThrownBy(() -> pull(1)).isInstanceOf(QueueUnavailableException.class);
    pullOne().deadLetter("no");
    server.faults().deleteConsumer("p");
    assertThat(partitions()).containsExactly("p");
    assertThat(admin().summary().stats()).isEqualTo(new Stats(0, 0, 1));
    assertThat(partition.deadLetters().purge()).isEqualTo(1);
    assertThat(partitions()).isEmpty();
  }

  @Test
  void agesAndRemainingTimesAreExact() throws InterruptedException {
    advanceSeconds(7);
    push("ready");
    push("later", Duration.ofSeconds(20));
    advanceSeconds(5);

    List<TaskInfo> shown = admin().tasks(TaskQuery.defaults()).items();

    assertThat(shown).extracting(TaskInfo::age).containsOnly(Duration.ofSeconds(5));
    assertThat(shown.get(0).dueIn()).isEmpty();
    assertThat(shown.get(1).dueIn()).contains(Duration.ofSeconds(15));
    admin().pause(Duration.ofSeconds(60));
    advanceSeconds(10);
    assertThat(admin().summary().pausedFor()).contains(Duration.ofSeconds(50));
    advanceSeconds(50);
    assertThat(admin().summary().pausedFor()).isEmpty();
    assertThat(pullIds(9)).containsExactly("ready", "later");
  }

  @Test
  void aDueTaskForWhichThereIsNoRoomIsShownAsDelayed() {
    configure(CONFIG.withMaxTasks(1));
    push("later", Duration.ofSeconds(20));
    push("first");
    advanceSeconds(30);

    TaskInfo later = admin().find("later").orElseThrow();

    assertThat(later.state()).isEqualTo(TaskState.DELAYED);
    assertThat(later.dueIn()).contains(Duration.ZERO);
  }

  @Test
  void aRemovalMakesRoomForADueTask() {
    configure(CONFIG.withMaxTasks(1));
    push("later", Duration.ofSeconds(20));
    push("first");
    advanceSeconds(30);

    assertThat(admin().remove("first")).isEqualTo(Removal.REMOVED);

    assertThat(shown()).containsExactly("later READY");
    assertThat(partition.oldestAge()).contains(Duration.ZERO);
  }

  /** As on a server, where the consumer has the number of priorities. */
  @Test
  void aTaskThatIsMovedToAPartitionWithoutAConsumerHasTheLowestPriority()
      throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    Partition target = queue.partition("target");
    target.push(Task.of("there", "x"));
    partition.push(Task.of("urgent", "x").withPriority(2));
    pullOne().deadLetter("no");
    server.faults().deleteConsumer("target");

    assertThat(admin().deadLetters().move(DeadLetterQuery.defaults(), "target", Duration.ZERO))
        .isEqualTo(1);

    assertThat(queue.health().ready()).as("the check creates the consumer again").isFalse();
    assertThat(target.puller().pull(2, Duration.ZERO))
        .extracting(Delivery::taskId, Delivery::priority)
        .containsExactly(tuple("there", 0), tuple("urgent", 0));
  }

  @Test
  void aTaskThatIsRedrivenWithoutAConsumerKeepsItsPriority() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    partition.push(Task.of("urgent", "x").withPriority(2));
    pullOne().deadLetter("no");
    server.faults().deleteConsumer("p");

    assertThat(partition.deadLetters().redriveOldest(10)).isEqualTo(1);

    assertThat(queue.health().ready()).as("the check creates the consumer again").isFalse();
    assertThat(pullOne().priority()).isEqualTo(2);
  }

  /** As on a server, whose consumers have the number of priorities. */
  @Test
  void anOperatorRedrivesIntoPriorityZeroWithoutAConsumer() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    partition.push(Task.of("urgent", "x").withPriority(2));
    pullOne().deadLetter("no");
    server.faults().deleteConsumer("p");

    assertThat(admin().deadLetters().redrive(DeadLetterQuery.defaults(), Duration.ZERO)).isOne();

    assertThat(queue.health().ready()).as("the check creates the consumer again").isFalse();
    assertThat(pullOne().priority()).isZero();
  }

  /** As on a server, which keeps delayed tasks apart. */
  @Test
  void ofTwoTasksWithOneIdTheDelayedOneIsFoundFirst() {
    push("a", Duration.ofHours(1));
    advance(WINDOW);
    push("a");

    assertThat(shown()).containsExactly("a READY", "a DELAYED");
    assertThat(admin().find("a").orElseThrow().state()).isEqualTo(TaskState.DELAYED);
    assertThat(admin().remove("a")).isEqualTo(Removal.REMOVED);
    assertThat(shown()).containsExactly("a READY");
    assertThat(admin().remove("a")).isEqualTo(Removal.REMOVED);
    assertThat(admin().remove("a")).isEqualTo(Removal.NOT_FOUND);
  }

  @Test
  void higherPrioritiesAreShownFirstAndDelayedTasksLast() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    for (int priority = 0; priority < 3; priority++) {
      partition.push(
          Task.of("later-" + priority, "x").withPriority(priority).withDelay(LEASE.dividedBy(2)));
      partition.push(Task.of("held-" + priority, "x").withPriority(priority));
    }
    pull(3);
    for (int priority = 0; priority < 3; priority++) {
      partition.push(Task.of("ready-" + priority, "x").withPriority(priority));
    }

    assertThat(shown())
        .containsExactly(
            "held-2 OUTSTANDING",
            "ready-2 READY",
            "held-1 OUTSTANDING",
            "ready-1 READY",
            "held-0 OUTSTANDING",
            "ready-0 READY",
            "later-0 DELAYED",
            "later-1 DELAYED",
            "later-2 DELAYED");
  }

  @Test
  void aTaskThatIsStoredAgainIsShownAsOutstanding() throws InterruptedException {
    push("settled", "ready");
    pullOne().ack();
    server.faults().crashStoringAgain(LEASE);

    assertThat(shown()).containsExactly("settled OUTSTANDING", "ready READY");
    assertThat(admin().purge()).isEqualTo(2);
    assertThat(shown()).isEmpty();
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  void aPartitionInUseIsNotDeleted() {
    push("later", Duration.ofHours(1));

    assertThatThrownBy(() -> admin().delete())
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("partition p is in use, so it was not deleted: ")
        .hasMessageEndingWith(", 0 pulls wait");
    partition.cancel("later");
    admin().delete();
    assertThat(partitions()).isEmpty();
  }

  /** Each exchange takes a second. The number of exchanges is that of the adapter. */
  @Test
  void callsTakeTheirNumberOfExchanges() {
    PartitionAdmin admin = admin();
    push("a", "b");
    server.faults().slowExchanges(Duration.ofSeconds(1));

    assertThat(secondsOf(() -> assertThat(admin.find("a")).isPresent())).isEqualTo(1);
    assertThat(secondsOf(() -> assertThat(admin.remove("a")).isEqualTo(Removal.REMOVED)))
        .isEqualTo(1);
    assertThat(secondsOf(() -> admin.tasks(TaskQuery.defaults()))).isEqualTo(1);
    assertThat(secondsOf(admin::summary)).isEqualTo(4);
    assertThat(secondsOf(() -> admin.pause(LEASE))).isEqualTo(2);
    assertThat(secondsOf(admin::resume)).isEqualTo(1);
    assertThat(secondsOf(() -> partition.oldestAge())).isEqualTo(1);
    assertThat(secondsOf(() -> partition.puller().close())).isEqualTo(1);
    assertThat(secondsOf(() -> push("later", LEASE))).isEqualTo(1);
    assertThat(secondsOf(() -> partition.cancel("later"))).isEqualTo(2);
    assertThat(secondsOf(() -> partition.deadLetters().list(1))).isEqualTo(1);
    assertThat(secondsOf(admin::purge)).isEqualTo(2);
    assertThat(secondsOf(() -> queue.admin().partitions())).isEqualTo(4);
    assertThat(secondsOf(() -> queue.partition("new"))).isEqualTo(3);
    assertThat(secondsOf(admin::delete)).isEqualTo(2);
  }

  @Test
  void withPrioritiesAndALimitCallsHaveMoreExchanges() {
    configure(CONFIG.withPriorities(3).withMaxTasks(10));
    PartitionAdmin admin = admin();
    server.faults().slowExchanges(Duration.ofSeconds(1));

    assertThat(secondsOf(() -> push("later", LEASE))).isEqualTo(2);
    assertThat(secondsOf(() -> push("now"))).isEqualTo(1);
    assertThat(secondsOf(() -> admin.pause(LEASE))).isEqualTo(4);
    assertThat(secondsOf(admin::resume)).isEqualTo(3);
    assertThat(secondsOf(() -> partition.oldestAge())).isEqualTo(2);
    assertThat(secondsOf(() -> partition.puller().close())).isEqualTo(3);
  }

  private long secondsOf(Runnable call) {
    var before = clock.now();
    call.run();
    return Duration.between(before, clock.now()).toSeconds();
  }

  @Test
  void partitionsAreListedByTheirNames() {
    for (String name : List.of("z", "a", "q")) {
      assertThat(queue.partition(name).name()).isEqualTo(name);
    }
    assertThat(partitions()).containsExactly("a", "p", "q", "z");
  }

  @Test
  void waitingPullsOfAllClientsAreCountedAndPreventADeletion() throws Exception {
    try (var other = server.connect(CONFIG)) {
      var here = puller.pullAsync(1, Duration.ofHours(1));
      var there = other.partition("p").puller().pullAsync(1, Duration.ofHours(2));
      assertThat(admin().summary().waitingPulls()).isEqualTo(2);
      assertThatThrownBy(() -> admin().delete())
          .isInstanceOf(QueueRejectedException.class)
          .hasMessageEndingWith(", 2 pulls wait");
      advance(Duration.ofHours(1));
      assertThat(here).isDone();
      assertThat(admin().summary().waitingPulls()).isEqualTo(1);
      admin().deleteWithTasks();
      assertThat(there).isCompletedExceptionally();
    }
  }

  /** Ready, outstanding and delayed tasks of three priorities. */
  private void pushAllKinds() throws InterruptedException {
    configure(CONFIG.withPriorities(3));
    for (int priority = 0; priority < 3; priority++) {
      partition.push(Task.of("held-" + priority, "x").withPriority(priority));
    }
    pull(3);
    for (int priority = 0; priority < 3; priority++) {
      partition.push(Task.of("ready-" + priority, "x").withPriority(priority));
      partition.push(Task.of("later-" + priority, "x").withPriority(priority).withDelay(LEASE));
    }
  }

  @Test
  void pagesOfEachSizeShowEachTaskOnce() throws InterruptedException {
    pushAllKinds();
    List<String> all = shown();
    assertThat(all).hasSize(9);
    for (int max = 1; max <= 10; max++) {
      List<String> paged = new ArrayList<>();
      int pages = 0;
      Optional<String> next = Optional.of("");
      while (next.isPresent()) {
        TaskQuery query = TaskQuery.defaults().withMax(max);
        Page<TaskInfo> page =
            admin().tasks(next.get().isEmpty() ? query : query.withStart(next.get()));
        page.items().forEach(task -> paged.add(task.id() + " " + task.state()));
        next = page.next();
        pages++;
      }
      assertThat(paged).as("pages of %d", max).isEqualTo(all);
      assertThat(pages).as("pages of %d", max).isEqualTo((9 + max - 1) / max);
    }
  }

  /** A task that is removed between two pages costs no other task its place. */
  @Test
  void aPageBeginsAtTheNextTaskThatIsLeft() throws InterruptedException {
    push("a", "b", "c", "d");
    Page<TaskInfo> first = admin().tasks(TaskQuery.defaults().withMax(2));
    assertThat(admin().remove("a")).isEqualTo(Removal.REMOVED);
    assertThat(admin().remove("c")).isEqualTo(Removal.REMOVED);
    push("e");

    Page<TaskInfo> second =
        admin().tasks(TaskQuery.defaults().withStart(first.next().orElseThrow()));

    assertThat(first.items()).extracting(TaskInfo::id).containsExactly("a", "b");
    assertThat(second.items()).extracting(TaskInfo::id).containsExactly("d", "e");
    assertThat(second.next()).isEmpty();
  }

  @Test
  void pagesOfLettersShowEachLetterOnce() throws InterruptedException {
    push("a", "b", "c");
    for (Delivery delivery : pull(3)) {
      delivery.deadLetter("no");
    }
    DeadLetterAdmin letters = admin().deadLetters();
    for (int max = 1; max <= 4; max++) {
      DeadLetterQuery query = DeadLetterQuery.defaults().withMax(max);
      List<String> paged = new ArrayList<>();
      Page<DeadLetter> page = letters.page(query);
      page.items().forEach(letter -> paged.add(letter.taskId()));
      while (page.next().isPresent()) {
        page = letters.page(query.withStart(page.next().get()));
        assertThat(page.items()).as("pages of %d", max).isNotEmpty();
        page.items().forEach(letter -> paged.add(letter.taskId()));
      }
      assertThat(paged).as("pages of %d", max).containsExactly("a", "b", "c");
    }
  }
}
