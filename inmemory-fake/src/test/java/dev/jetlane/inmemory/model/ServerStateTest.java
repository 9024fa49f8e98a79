// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The partitions of a server: which exist, with which settings, and what keeps the clock moving.
 */
class ServerStateTest {

  private static final long SECOND = 1_000_000_000L;
  private static final QueueConfig CONFIG =
      QueueConfig.defaults().withLease(Duration.ofSeconds(10)).withMaxTasks(7);

  private final ServerState server =
      new ServerState(Instant.parse("2000-01-01T00:00:00Z"), new NoMishaps());

  /** An event that never happens, until it is planned. */
  private static final class Planned implements Timed {

    long nanos = NEVER;

    @Override
    public long nextEventNanos() {
      return nanos;
    }

    @Override
    public void catchUp(long now) {
      nanos = NEVER;
    }
  }

  private static StoredTask take(PartitionState state, Holder by, long now) {
    return state.take(Objects.requireNonNull(state.next(now, by)), now, by).task;
  }

  // ---- Settings

  /** On a nats-server these settings belong to the consumer of the partition. */
  @Test
  void aDeletedPartitionIsOpenedWithOtherSettingsOfItsConsumer() {
    PartitionState state = server.open("p", CONFIG);
    QueueConfig other =
        CONFIG.withLease(Duration.ofSeconds(3)).withMaxOutstanding(2).withPriorities(3);
    assertThatThrownBy(() -> server.open("p", other))
        .as("the partition exists")
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("lease is PT10S, wanted PT3S")
        .hasMessageContaining("maxOutstanding is ")
        .hasMessageContaining("priorities is 1, wanted 3");
    state.delete(0);
    assertThat(server.open("p", other)).isSameAs(state);
    assertThat(state.config()).isEqualTo(other);
    assertThatThrownBy(() -> server.open("p", CONFIG))
        .as("the new settings hold")
        .isInstanceOf(ConfigDriftException.class);
    for (int priority = 0; priority < 3; priority++) {
      new Pushes(state).push(Task.of("t" + priority, "x").withPriority(priority), 0);
    }
    Holder client = new PlainHolder("client", other);
    StoredTask first = take(state, client, 0);
    assertThat(first.id()).as("the highest priority").isEqualTo("t2");
    assertThat(first.deadlineNanos()).as("the new lease").isEqualTo(3 * SECOND);
    state.extend(first, SECOND);
    assertThat(first.deadlineNanos()).as("an extension").isEqualTo(4 * SECOND);
    for (int i = 0; i < 2; i++) {
      new Pushes(state).push(Task.of("high-" + i, "x").withPriority(2), SECOND);
    }
    assertThat(take(state, client, SECOND).id()).isEqualTo("high-0");
    assertThat(Objects.requireNonNull(state.next(SECOND, client)).id())
        .as("two of a priority are outstanding")
        .isEqualTo("t1");
  }

  /** On a nats-server these settings belong to the stream, which other partitions use too. */
  @Test
  void aDeletedPartitionKeepsTheSettingsOfItsStream() {
    PartitionState state = server.open("p", CONFIG);
    state.delete(0);
    for (UnaryOperator<QueueConfig> change :
        List.<UnaryOperator<QueueConfig>>of(
            config -> config.withMaxTasks(8),
            config -> config.withDedupWindow(config.dedupWindow().plusNanos(1)))) {
      assertThatThrownBy(() -> server.open("p", change.apply(CONFIG)))
          .isInstanceOf(ConfigDriftException.class);
      assertThat(state.exists()).as("a refused call creates nothing").isFalse();
    }
    assertThat(server.open("p", CONFIG).config()).isEqualTo(CONFIG);
  }

  /** A client with fewer priorities opens it, while another one still has its own settings. */
  @Test
  void aPartitionThatIsOpenedWithFewerPrioritiesLosesNoTaskOfAnOldClient() {
    QueueConfig four = CONFIG.withPriorities(4).withLowEvery(2);
    PartitionState state = server.open("p", four);
    Holder old = new PlainHolder("old", four);
    state.delete(0);
    server.open("p", CONFIG);
    for (int priority = 0; priority < 4; priority++) {
      new Pushes(state).push(Task.of("t" + priority, "x").withPriority(priority), 0);
    }
    for (String next : List.of("t3", "t0", "t2", "t1")) {
      assertThat(take(state, old, 0).id()).isEqualTo(next);
    }
    assertThat(state.stats()).isEqualTo(new Stats(0, 4, 0));
  }

  @Test
  void theConsumerIsCreatedWithItsOldSettingsByACallThatMissesIt() {
    PartitionState state = server.open("p", CONFIG);
    new Pushes(state).push(Task.of("a", "x"), 0);
    new MemoryLoss(state).deleteConsumer(0);
    state.createConsumer();
    assertThat(state.config()).isEqualTo(CONFIG);
    new MemoryLoss(state).deleteConsumer(0);
    QueueConfig other = CONFIG.withLease(Duration.ofSeconds(4));
    server.open("p", other);
    assertThat(take(state, new PlainHolder("client", other), 0).deadlineNanos())
        .isEqualTo(4 * SECOND);
    server.restart(0, MemoryLoss.Settled.KEPT, 0);
    assertThat(state.nextEventNanos()).as("the lease after a restart").isEqualTo(4 * SECOND);
  }

  // ---- Which partitions exist

  @Test
  void partitionsAreFoundByTheirNames() {
    PartitionState p = server.open("p", CONFIG);
    PartitionState q = server.open("q", CONFIG);
    assertThat(server.open("p", CONFIG)).isSameAs(p);
    assertThat(server.partitions()).containsExactly(p, q);
    assertThat(server.find("q")).isSameAs(q);
    assertThat(server.require("q")).isSameAs(q);
    assertThat(server.find("r")).isNull();
    assertThat(server.existing("r")).isNull();
    assertThatThrownBy(() -> server.require("r"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("partition name")
        .hasMessageContaining("must be an opened partition");
    q.delete(0);
    assertThat(server.existing("q")).isNull();
    assertThat(server.find("q")).as("a deleted partition is known").isSameAs(q);
    assertThat(server.existing("p")).isSameAs(p);
  }

  /** Each kind of content alone. */
  @Test
  void aServerIsEmptyWithoutTasksOfAnyKind() {
    PartitionState first = server.open("first", CONFIG);
    PartitionState state = server.open("p", CONFIG);
    Holder client = new PlainHolder("client", CONFIG);
    assertThat(server.isEmpty()).isTrue();
    new Pushes(state).push(Task.of("a", "x").withDelay(Duration.ofSeconds(1)), 0);
    assertThat(server.isEmpty()).as("a delayed task").isFalse();
    state.catchUp(SECOND);
    assertThat(server.isEmpty()).as("a ready task").isFalse();
    StoredTask task = take(state, client, SECOND);
    assertThat(server.isEmpty()).as("an outstanding task").isFalse();
    new TaskMoves(state).storeLetter(task, "no", SECOND);
    new TaskMoves(state).removeDead(task, "no", SECOND);
    assertThat(state.stats()).isEqualTo(new Stats(0, 0, 1));
    assertThat(server.isEmpty()).as("a dead letter is no task").isTrue();
    new Pushes(first).push(Task.of("a", "x"), SECOND);
    assertThat(server.isEmpty()).as("a task of the first partition").isFalse();
  }

  // ---- What keeps the clock moving

  @Test
  void timedWorkAndPullsWithoutAThreadAreUnattended() {
    PartitionState p = server.open("p", CONFIG);
    PartitionState q = server.open("q", CONFIG);
    Planned other = new Planned();
    Planned keeper = new Planned();
    server.add(new Planned());
    server.add(other);
    p.keepers.add(new Planned());
    q.keepers.add(keeper);
    new Pushes(p).push(Task.of("a", "x"), 0);
    take(p, new PlainHolder("client", CONFIG), 0);
    assertThat(server.isUnattended()).as("a lease alone").isFalse();
    other.nanos = 5;
    assertThat(server.isUnattended()).as("timed work").isTrue();
    other.nanos = Timed.NEVER;
    keeper.nanos = 5;
    assertThat(server.isUnattended()).as("timed work of the second partition").isTrue();
    keeper.nanos = Timed.NEVER;
    assertThat(server.isUnattended()).isFalse();
    server.unattended = 1;
    assertThat(server.isUnattended()).as("a pull without a thread").isTrue();
    server.unattended = 0;
    server.remove(other);
    other.nanos = 5;
    assertThat(server.isUnattended()).as("removed work").isFalse();
  }

  @Test
  void deliveriesInHandsAreCountedInAllPartitions() {
    Holder client = new PlainHolder("client", CONFIG);
    assertThat(server.anythingInHands()).isFalse();
    for (String name : List.of("p", "q")) {
      PartitionState state = server.open(name, CONFIG);
      for (int i = 0; i < 3; i++) {
        new Pushes(state).push(Task.of("t" + i, "x"), 0);
        Attempt attempt = Objects.requireNonNull(take(state, client, 0).latest());
        attempt.inHands = i < 2;
      }
    }
    assertThat(server.inHands()).as("without those that are leased ahead").isEqualTo(4);
    assertThat(server.anythingInHands()).isTrue();
    PartitionState state = server.require("q");
    List<StoredTask> held = new ArrayList<>();
    state.forEach(held::add);
    held.stream().filter(StoredTask::isHeld).toList().forEach(task -> state.ack(task, 0));
    assertThat(server.inHands()).isEqualTo(2);
    server.catchUp(10 * SECOND);
    assertThat(server.inHands()).as("after the ends of the leases").isZero();
  }

  @Test
  void pullersAreNumberedFromOneOnAllPartitions() {
    assertThat(server.nextHolderName()).isEqualTo("puller 1");
    assertThat(server.nextHolderName()).isEqualTo("puller 2");
  }

  // ---- The order of a restart

  @Test
  void aCrashWithoutUnwrittenTimeIsARestart() {
    server.restart(0, MemoryLoss.Settled.KEPT, 0);
    server.restart(1, MemoryLoss.Settled.KEPT, SECOND);
    assertThat(server.log.lines()).containsExactly("+0s: fault: restart", "+1s: fault: crash");
  }
}
