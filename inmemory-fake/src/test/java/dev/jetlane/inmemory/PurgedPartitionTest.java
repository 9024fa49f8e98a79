// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A partition after its tasks were purged, and one that was deleted and is opened again. */
class PurgedPartitionTest extends QueueTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final List<String> ALL =
      List.of("dead", "queued", "leased", "delayed", "later", "noted", "ready");

  private PartitionAdmin admin() {
    return queue.admin().partition("p");
  }

  /** Stores a task in each place; returns the delivery of the leased one. */
  private Delivery fill() throws InterruptedException {
    push("dead", "queued", "leased", "delayed");
    pullOne().deadLetter("no");
    List<Delivery> held = pull(3);
    held.get(2).nak(HOUR);
    held.get(0).nak();
    partition.push(Task.of("later", "x").withDelay(HOUR));
    partition.push(Task.of("noted", "x").withDelay(HOUR));
    server.faults().loseNextConfirmation(Faults.Call.CANCEL);
    assertThatThrownBy(() -> partition.cancel("noted")).isNotNull();
    push("ready");
    assertThat(partition.stats()).isEqualTo(new Stats(1, 3, 0, 2, 1));
    return held.get(1);
  }

  @Test
  void aPurgeLeavesDeadLettersAndNothingElse() throws InterruptedException {
    fill();
    assertThat(admin().purge()).isEqualTo(6);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 0, 1));
    assertThat(admin().purge()).isZero();
    assertThat(server.tasks("p")).extracting(TaskSnapshot::taskId).containsExactly("dead");
    assertThat(partition.oldestAge()).isEmpty();
    advance(HOUR.multipliedBy(2));
    assertThat(pull(9)).isEmpty();
  }

  @Test
  void eachPurgedTaskCanBePushedAgainAfterTheDedupWindow() throws InterruptedException {
    fill();
    admin().purge();
    for (String id : List.of("queued", "leased", "delayed", "later", "ready")) {
      assertThat(partition.push(Task.of(id, "x")).duplicate()).as("%s in the window", id).isTrue();
      assertThat(partition.cancel(id)).as("cancels %s", id).isFalse();
    }
    advance(WINDOW);
    for (String id : ALL) {
      assertThat(partition.push(Task.of(id, "x").withDelay(HOUR)).duplicate())
          .as("%s after the window", id)
          .isFalse();
    }
    assertThat(partition.stats().delayed()).isEqualTo(ALL.size());
    advance(HOUR);
    assertThat(pullIds(20)).containsExactlyInAnyOrderElementsOf(ALL);
  }

  /** The holder of a purged task does not know that it is gone. */
  @Test
  void lateSettlementsOfPurgedTasksChangeNothing() throws InterruptedException {
    push("acked", "given-back", "for-later", "extended", "released");
    List<Delivery> held = pull(9);
    admin().purge();
    push("new");
    assertThat(held.get(0).ack()).isEqualTo(Settlement.SETTLED);
    assertThat(held.get(1).nak()).isEqualTo(Settlement.SETTLED);
    assertThat(held.get(2).nak(Duration.ofSeconds(1))).isEqualTo(Settlement.SETTLED);
    assertThat(held.get(3).extend()).isTrue();
    assertThat(held.get(4).release()).isEqualTo(Settlement.SETTLED);
    assertThat(partition.stats()).isEqualTo(new Stats(1, 0, 0));
    advance(LEASE);
    assertThat(pullIds(9)).containsExactly("new");
  }

  @Test
  void aPurgeMakesRoomForExactlyTheLimit() throws InterruptedException {
    configure(CONFIG.withMaxTasks(3).withMaxOutstanding(1));
    for (int round = 0; round < 3; round++) {
      push(round + "-a", round + "-b", round + "-c");
      assertThat(pullIds(9)).as("round %d", round).containsExactly(round + "-a");
      assertThatThrownBy(() -> push("more")).isInstanceOf(QueueFullException.class);
      assertThat(admin().purge()).isEqualTo(3);
    }
  }

  @Test
  void aPullWaitsThroughAPurge() throws Exception {
    push("a");
    Delivery a = pullOne();
    Running<List<Delivery>> waiting = blockedPull(partition.puller(), 1, HOUR);
    assertThat(admin().purge()).isEqualTo(1);
    assertThat(server.blockedPulls()).isEqualTo(1);
    push("b");
    assertThat(ids(waiting.get())).containsExactly("b");
    assertThat(a.leaseExpired()).isFalse();
  }

  @Test
  void aPurgeDoesNotEndAPause() throws InterruptedException {
    admin().pause(Duration.ofSeconds(5));
    admin().purge();
    push("a");
    assertThat(pull(1)).isEmpty();
    advanceSeconds(5);
    assertThat(pullIds(1)).containsExactly("a");
  }

  // ---- Deleted, and opened again

  private Partition openedAgain(TaskQueue by) {
    admin().deleteWithTasks();
    return by.partition("p");
  }

  @Test
  void aPartitionThatIsOpenedAgainIsNew() throws InterruptedException {
    Delivery held = fill();
    admin().pause(HOUR);
    try (TaskQueue other = server.connect(CONFIG)) {
      Partition again = openedAgain(other);
      assertThat(again.stats()).isEqualTo(new Stats(0, 0, 0));
      assertThat(again.oldestAge()).isEmpty();
      assertThat(other.admin().partition("p").summary().pausedFor()).isEmpty();
      assertThat(held.nak()).isEqualTo(Settlement.SETTLED);
      again.push(Task.of("new", "x"));
      Delivery first = again.puller().pull(9, Duration.ZERO).get(0);
      assertThat(first.taskId()).isEqualTo("new");
      assertThat(first.attempt()).isEqualTo(1);
      advance(LEASE);
      assertThat(again.stats()).isEqualTo(new Stats(0, 1, 0));
    }
  }

  /** The letters and redrives of the old partition are no duplicates of new ones. */
  @Test
  void tasksOfAPartitionThatIsOpenedAgainDieAndAreRedriven() throws InterruptedException {
    queue.partition("target").push(Task.of("before", "x"));
    for (int life = 0; life < 3; life++) {
      String id = "life-" + life;
      partition.push(Task.of(id, "x"));
      Puller own = partition.puller();
      own.pull(1, Duration.ZERO).get(0).deadLetter("no");
      DeadLetterAdmin letters = admin().deadLetters();
      assertThat(letters.list(9)).extracting(DeadLetter::taskId).containsExactly(id);
      if (life < 2) {
        assertThat(letters.redrive(letters.list(1).get(0).id())).isTrue();
        own.pull(1, Duration.ZERO).get(0).deadLetter("again");
      }
      assertThat(letters.move(letters.list(1).get(0).id(), "target")).as(id).isTrue();
      assertThat(queue.partition("target").stats().ready()).as(id).isEqualTo(life + 2);
      own.close();
      admin().deleteWithTasks();
      try (TaskQueue other = server.connect(CONFIG)) {
        assertThat(other.partition("p").stats()).isEqualTo(new Stats(0, 0, 0));
      }
    }
  }

  /** As on a server, where lease, outstanding tasks and priorities belong to the consumer. */
  @Test
  void aPartitionThatIsOpenedAgainHasTheSettingsOfItsClient() throws InterruptedException {
    QueueConfig other = CONFIG.withLease(Duration.ofSeconds(3)).withMaxOutstanding(2);
    try (TaskQueue client = server.connect(other.withPriorities(2))) {
      assertThatThrownBy(() -> client.partition("p")).isInstanceOf(ConfigDriftException.class);
      Partition again = openedAgain(client);
      for (int i = 0; i < 6; i++) {
        again.push(Task.of("t" + i, "x").withPriority(i % 2));
      }
      List<Delivery> got = again.puller().pull(9, Duration.ZERO);
      assertThat(ids(got)).containsExactly("t1", "t3", "t0", "t2");
      assertThat(got).extracting(Delivery::leaseRemaining).containsOnly(Duration.ofSeconds(3));
      assertThatThrownBy(() -> server.connect(CONFIG).partition("p"))
          .isInstanceOf(ConfigDriftException.class);
    }
  }

  /** As on a server, where the limit and the dedup window belong to the stream. */
  @Test
  void aPartitionThatIsOpenedAgainKeepsItsLimitAndItsDedupWindow() throws InterruptedException {
    admin().deleteWithTasks();
    for (QueueConfig other :
        List.of(CONFIG.withMaxTasks(9), CONFIG.withDedupWindow(WINDOW.plus(TICK)))) {
      try (TaskQueue client = server.connect(other)) {
        assertThatThrownBy(() -> client.partition("p")).isInstanceOf(ConfigDriftException.class);
      }
    }
    assertThat(queue.admin().partitions()).isEmpty();
    assertThatThrownBy(() -> pull(1)).isInstanceOf(QueueUnavailableException.class);
    push("a");
    assertThat(pullIds(1)).containsExactly("a");
  }
}
