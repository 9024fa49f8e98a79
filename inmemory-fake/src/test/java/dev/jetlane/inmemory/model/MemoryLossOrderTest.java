// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The order and the times of the tasks after a server forgot a part of its state. */
class MemoryLossOrderTest {

  private static final long SECOND = 1_000_000_000L;
  private static final long TENTH = 100_000_000L;
  private static final QueueConfig CONFIG =
      QueueConfig.defaults()
          .withLease(Duration.ofSeconds(10))
          .withDedupWindow(Duration.ofSeconds(60))
          .withPriorities(2);

  private final ServerState server =
      new ServerState(Instant.parse("2000-01-01T00:00:00Z"), new NoMishaps());
  private final PartitionState state = server.open("p", CONFIG);
  private final Pushes pushes = new Pushes(state);
  private final PlainHolder client = new PlainHolder("client", CONFIG);

  private void push(int priority, String... ids) {
    for (String id : ids) {
      assertThat(pushes.push(Task.of(id, "x").withPriority(priority), 0)).isTrue();
    }
  }

  private StoredTask take(long now) {
    state.catchUp(now);
    return state.take(Objects.requireNonNull(state.next(now, client)), now, client).task;
  }

  private List<String> takeAll(long now) {
    state.catchUp(now);
    List<String> taken = new ArrayList<>();
    for (StoredTask next = state.next(now, client); next != null; next = state.next(now, client)) {
      taken.add(next.id() + " " + state.take(next, now, client).number);
    }
    return taken;
  }

  /** The lease of the first task would have ended a second after that of the second one. */
  @Test
  void leasesThatEndedMeanwhileEndTogetherInTheOrderOfThePushes() {
    push(0, "extended", "late");
    StoredTask extended = take(0);
    state.extend(extended, 19 * TENTH);
    take(9 * SECOND);
    long now = 115 * TENTH;
    state.catchUp(now);
    server.restart(0, MemoryLoss.Settled.KEPT, now);
    assertThat(server.log.lines())
        .endsWith(
            "+11.5s: fault: restart",
            "+11.5s p/extended: lease ended (attempt 1)",
            "+11.5s p/late: lease ended (attempt 1)");
    assertThat(takeAll(now)).containsExactly("extended 2", "late 2");
  }

  /** A lease that would end a moment after the restart goes on until then. */
  @Test
  void aLeaseThatEndsAtTheRestartEndsWithIt() {
    push(0, "a", "b");
    state.extend(take(0), 5 * SECOND);
    state.extend(take(6 * SECOND), 65 * TENTH);
    long now = 15 * SECOND - 1;
    state.catchUp(now);
    server.restart(0, MemoryLoss.Settled.KEPT, now);
    assertThat(takeAll(now)).isEmpty();
    assertThat(state.nextEventNanos()).isEqualTo(15 * SECOND);
    assertThat(takeAll(15 * SECOND)).containsExactly("a 2");
    assertThat(takeAll(16 * SECOND)).as("6.5 s is 6 s for the server").containsExactly("b 2");
  }

  @Test
  void eachPriorityHasItsTasksInTheOrderOfThePushesWithoutAConsumer() {
    push(0, "l1", "l2", "l3");
    push(1, "h1", "h2", "h3");
    assertThat(takeAll(0)).containsExactly("h1 1", "h2 1", "h3 1", "l1 1", "l2 1", "l3 1");
    List<StoredTask> all = new ArrayList<>();
    state.forEach(all::add);
    for (StoredTask task : all) {
      switch (task.id().charAt(1)) {
        case '1' -> state.nak(task, 0);
        case '2' -> state.nak(task, 3 * SECOND, 0);
        default -> assertThat(task.place).isEqualTo(StoredTask.Place.LEASED);
      }
    }
    new MemoryLoss(state).deleteConsumer(0);
    assertThat(state.stats()).isEqualTo(new Stats(6, 0, 0));
    assertThat(state.nextEventNanos()).as("no lease is left").isEqualTo(Timed.NEVER);
    state.createConsumer();
    assertThat(takeAll(0)).containsExactly("h1 1", "h2 1", "h3 1", "l1 1", "l2 1", "l3 1");
  }

  @Test
  void aCrashForgetsTheLatestDeliveriesOfEachPriority() {
    push(0, "l1", "l2");
    push(1, "h1", "h2");
    take(0);
    state.nak(take(0), 20 * SECOND, 0);
    take(SECOND);
    take(SECOND);
    server.restart(SECOND, MemoryLoss.Settled.KEPT, 15 * TENTH);
    assertThat(state.stats()).isEqualTo(new Stats(2, 2, 0));
    assertThat(takeAll(15 * TENTH)).containsExactly("l1 1", "l2 1");
    assertThat(state.levels.get(0).outstanding).isEqualTo(2);
    assertThat(state.levels.get(1).outstanding).isEqualTo(2);
  }

  @Test
  void acksOfEachPriorityAreForgottenOnce() {
    push(0, "l1");
    push(1, "h1", "h2");
    for (int i = 0; i < 3; i++) {
      state.ack(take(0), 0);
    }
    for (MemoryLoss.Settled settled :
        List.of(
            MemoryLoss.Settled.STORED_AGAIN,
            MemoryLoss.Settled.STORED_AGAIN,
            MemoryLoss.Settled.FORGOTTEN)) {
      server.restart(SECOND, settled, 0);
      assertThat(state.stats()).as("%s", settled).isEqualTo(new Stats(3, 0, 0));
    }
    assertThat(takeAll(0)).containsExactly("h1 1", "h2 1", "l1 1");
  }

  /** A cancellation that is only noted does not count as a settlement. */
  @Test
  void aCrashBringsBackNoTaskThatWasPurgedOrRemovedOrIsDead() {
    push(0, "dead", "removed", "purged");
    StoredTask dead = take(0);
    TaskMoves moves = new TaskMoves(state);
    moves.storeLetter(dead, "no", 0);
    moves.removeDead(dead, "no", 0);
    new PartitionBrowser(state).remove("removed", 0);
    take(0);
    state.purge(0);
    for (MemoryLoss.Settled settled : MemoryLoss.Settled.values()) {
      server.restart(SECOND, settled, 0);
      assertThat(state.stats()).as("%s", settled).isEqualTo(new Stats(0, 0, 1));
    }
  }

  @Test
  void aPauseOutlastsARestart() {
    push(0, "a");
    state.pause(5 * SECOND, 0);
    server.restart(SECOND, MemoryLoss.Settled.KEPT, SECOND);
    assertThat(takeAll(5 * SECOND - 1)).isEmpty();
    assertThat(takeAll(5 * SECOND)).containsExactly("a 1");
  }
}
