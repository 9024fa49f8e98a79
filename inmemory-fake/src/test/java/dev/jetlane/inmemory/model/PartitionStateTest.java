// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

/** Events of a partition at the same instant, and events that come a second time. */
class PartitionStateTest {

  private static final long LEASE = 10_000_000_000L;
  private static final long DELAY = 3_000_000_000L;

  private final ServerState server =
      new ServerState(Instant.parse("2000-01-01T00:00:00Z"), new NoMishaps());
  private final QueueConfig config = QueueConfig.defaults().withLease(Duration.ofNanos(LEASE));
  private final PartitionState state = server.open("p", config);
  private final Pushes pushes = new Pushes(state);
  private final PlainHolder client = new PlainHolder("client", config);

  /** A pull, and the tasks that it got. */
  private static final class Request extends PullRequest {

    final List<String> got = new ArrayList<>();
    int ends;

    Request(Holder holder, int max, long deadlineNanos) {
      super(holder, max, Long.MAX_VALUE, deadlineNanos, false);
    }

    @Override
    protected void served(Attempt attempt) {
      got.add(attempt.task.id() + " " + attempt.number);
    }

    @Override
    protected void ended() {
      ends++;
    }
  }

  /** An event at one moment. */
  private static final class Once implements Timed {

    private final LongConsumer action;
    private long nextNanos;

    private Once(long nextNanos, LongConsumer action) {
      this.nextNanos = nextNanos;
      this.action = action;
    }

    static Once at(long nanos, LongConsumer action) {
      return new Once(nanos, action);
    }

    @Override
    public long nextEventNanos() {
      return nextNanos;
    }

    @Override
    public void catchUp(long now) {
      nextNanos = NEVER;
      action.accept(now);
    }
  }

  private StoredTask lease(String id, long now) {
    state.catchUp(now);
    assertThat(pushes.push(Task.of(id, "x"), now)).isTrue();
    StoredTask task = Objects.requireNonNull(state.next(now, client));
    state.take(task, now, client);
    return task;
  }

  private Request waitUntil(long deadlineNanos) {
    Request request = new Request(client, 1, deadlineNanos);
    state.pulls.add(request, 0);
    assertThat(request.ends).isZero();
    return request;
  }

  private void assertServedAt(long instant, Request waiting, String task) {
    state.catchUp(instant - 1);
    assertThat(waiting.ends).isZero();
    assertThat(state.nextEventNanos()).isEqualTo(instant);
    state.catchUp(instant);
    assertThat(waiting.got).as("tasks of the instant at which the wait ends").containsExactly(task);
    assertThat(waiting.ends).isEqualTo(1);
    assertThat(state.pulls.waiting()).isZero();
  }

  // ---- The end of a wait, and a task at the same instant

  @Test
  void aWaitThatEndsWithALeaseGetsItsTask() {
    lease("a", 0);
    assertServedAt(LEASE, waitUntil(LEASE), "a 2");
  }

  @Test
  void aWaitThatEndsWithTheDelayOfANakGetsItsTask() {
    state.nak(lease("a", 0), DELAY, 0);
    assertServedAt(DELAY, waitUntil(DELAY), "a 2");
  }

  @Test
  void aWaitThatEndsWhenATaskIsDueGetsIt() {
    pushes.push(Task.of("a", "x").withDelay(Duration.ofNanos(DELAY)), 0);
    assertServedAt(DELAY, waitUntil(DELAY), "a 1");
  }

  @Test
  void aWaitThatEndsWithAPauseGetsATask() {
    pushes.push(Task.of("a", "x"), 0);
    state.pause(DELAY, 0);
    assertServedAt(DELAY, waitUntil(DELAY), "a 1");
  }

  @Test
  void aTaskThatIsGivenBackByAnIdlePullerServesAWaitThatEnds() {
    StoredTask task = lease("a", 0);
    state.buffers.add(Once.at(DELAY, now -> state.nak(task, now)));
    assertServedAt(DELAY, waitUntil(DELAY), "a 2");
  }

  @Test
  void aPauseThatEndsWithALeaseHandsOutItsTask() {
    lease("a", 0);
    state.pause(LEASE, 0);
    assertServedAt(LEASE, waitUntil(Timed.NEVER), "a 2");
  }

  // ---- Keepers and leases

  @Test
  void anExtensionAtTheEndOfALeaseComesFirst() {
    StoredTask task = lease("a", 0);
    state.keepers.add(Once.at(LEASE, now -> state.extend(task, now)));

    state.catchUp(LEASE);

    assertThat(task.place()).isEqualTo(StoredTask.Place.LEASED);
    assertThat(task.deadlineNanos()).isEqualTo(2 * LEASE);
    assertThat(server.log.lines()).noneMatch(line -> line.contains("lease ended"));
  }

  @Test
  void eachKeeperActsAtItsOwnInstant() {
    List<Long> acted = new ArrayList<>();
    state.keepers.add(Once.at(7, acted::add));
    state.keepers.add(Once.at(5, acted::add));
    assertThat(state.nextEventNanos()).isEqualTo(5);

    state.catchUp(100);

    assertThat(acted).containsExactly(5L, 7L);
  }

  @Test
  void eventsGoOnAfterOneThatFailed() {
    lease("a", 0);
    state.keepers.add(
        Once.at(
            1,
            now -> {
              assertThat(state.isCatchingUp()).isTrue();
              throw new IllegalStateException("a defect");
            }));
    assertThatThrownBy(() -> state.catchUp(LEASE)).hasMessage("a defect");
    assertThat(state.isCatchingUp()).isFalse();

    state.catchUp(LEASE);

    assertThat(server.log.lines()).anyMatch(line -> line.contains("p/a: lease ended"));
  }

  @Test
  void anExtensionEndsADelay() {
    StoredTask task = lease("a", 0);
    state.nak(task, DELAY, 0);

    state.extend(task, 5);

    assertThat(task.place()).isEqualTo(StoredTask.Place.LEASED);
    state.catchUp(5 + LEASE - 1);
    assertThat(task.place()).isEqualTo(StoredTask.Place.LEASED);
    state.catchUp(5 + LEASE);
    assertThat(task.place()).isEqualTo(StoredTask.Place.REDELIVERY);
  }

  @Test
  void callsForATaskThatIsGoneChangeNothing() {
    StoredTask task = lease("a", 0);
    state.ack(task, 1);
    long events = server.log.written();

    state.ack(task, 2);
    state.nak(task, 2);
    state.nak(task, DELAY, 2);
    state.extend(task, 2);

    assertThat(state.stats()).isEqualTo(new Stats(0, 0, 0));
    assertThat(server.log.written()).isEqualTo(events);
    assertThat(state.nextEventNanos()).isEqualTo(Timed.NEVER);
  }

  // ---- Pauses

  @Test
  void aSecondPauseReplacesALongerOneAndAShorterOne() {
    state.pause(100, 0);
    state.pause(50, 0);
    assertThat(state.pausedUntilNanos()).isEqualTo(50);
    state.pause(70, 0);
    assertThat(state.pausedUntilNanos()).isEqualTo(70);
    state.catchUp(69);
    assertThat(state.isPaused()).isTrue();
    state.catchUp(70);
    assertThat(state.isPaused()).isFalse();
    assertThat(state.nextEventNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void aResumeThatResumesNothingIsNoEvent() {
    state.resume(0);
    state.pause(100, 0);
    state.resume(1);
    state.resume(2);

    assertThat(server.log.lines().stream().filter(line -> line.contains("resumed"))).hasSize(1);
  }

  @Test
  void aConsumerThatIsCreatedAgainIsNotPaused() {
    pushes.push(Task.of("a", "x"), 0);
    state.pause(Timed.NEVER - 1, 0);
    new MemoryLoss(state).deleteConsumer(0);
    state.createConsumer();

    assertThat(state.isPaused()).isFalse();
    assertThat(waitUntilServed().got).containsExactly("a 1");
  }

  private Request waitUntilServed() {
    Request request = new Request(client, 1, Timed.NEVER);
    state.pulls.add(request, 0);
    return request;
  }

  @Test
  void aPausedPartitionThatIsDeletedAndOpenedAgainIsNotPaused() {
    state.pause(Timed.NEVER - 1, 0);
    state.delete(0);
    assertThat(state.isPaused()).isFalse();
    assertThat(server.open("p", config)).isSameAs(state);

    pushes.push(Task.of("a", "x"), 0);
    assertThat(waitUntilServed().got).containsExactly("a 1");
  }

  // ---- Cancellations

  /** The note of a cancellation holds for the dedup window, and not in its last instant. */
  @Test
  void aTaskThatIsDueWhenItsNoteEndsIsDelivered() {
    long window = config.dedupWindow().toNanos();
    for (String id : List.of("a", "b")) {
      pushes.push(Task.of(id, "x").withDelay(Duration.ofNanos(window)), 0);
    }
    assertThat(state.noteCancelled("a", 0)).isTrue();
    assertThat(state.noteCancelled("b", 1)).isTrue();
    assertThat(state.noteCancelled("b", 2)).isFalse();

    state.catchUp(window);

    assertThat(state.stats()).isEqualTo(new Stats(1, 0, 0));
    assertThat(state.next(window, client)).extracting(StoredTask::id).isEqualTo("a");
  }

  @Test
  void aSecondCancellationWinsAfterTheNoteOfTheFirst() {
    long window = config.dedupWindow().toNanos();
    pushes.push(Task.of("a", "x").withDelay(Duration.ofNanos(10 * window)), 0);
    assertThat(state.noteCancelled("a", 0)).isTrue();
    assertThat(state.noteCancelled("a", window - 1)).isFalse();
    assertThat(state.noteCancelled("a", window)).isTrue();
    assertThat(state.noteCancelled("a", window + 1)).isFalse();
    assertThat(state.cancel("a", window + 1)).isTrue();
    assertThat(state.cancel("a", window + 1)).isFalse();
  }

  // ---- Losses of memory

  /** The first delivery of this task is written, the second one is not. */
  @Test
  void aCrashForgetsATaskByItsLatestDelivery() {
    StoredTask task = lease("a", 0);
    long later = 2_000_000_000L;
    state.catchUp(later);
    state.nak(task, later);
    assertThat(state.next(later, client)).isSameAs(task);
    state.take(task, later, client);

    server.restart(250_000_000L, MemoryLoss.Settled.KEPT, later + 1);

    assertThat(task.place()).isEqualTo(StoredTask.Place.NEW);
    assertThat(task.deliveries()).isZero();
    assertThat(state.stats()).isEqualTo(new Stats(1, 0, 0));
  }

  // ---- The next event

  @Test
  void theNextForgottenIdIsTheFirstOfAllPartitions() {
    PartitionState other = server.open("q", config);
    new Pushes(other).push(Task.of("a", "x"), 5);
    pushes.push(Task.of("a", "x"), 7);
    new Pushes(server.open("r", config)).push(Task.of("a", "x"), 9);
    assertThat(server.nextForgottenNanos()).isEqualTo(5 + config.dedupWindow().toNanos());
  }

  @Test
  void theNextEventIsTheFirstOfAllKinds() {
    server.add(Once.at(900, now -> {}));
    server.add(Once.at(950, now -> {}));
    assertThat(server.nextEventNanos()).isEqualTo(900);
    state.pause(800, 0);
    assertThat(server.nextEventNanos()).isEqualTo(800);
    pushes.push(Task.of("a", "x").withDelay(Duration.ofNanos(700)), 0);
    assertThat(server.nextEventNanos()).isEqualTo(700);
    server.open("q", config).pulls.add(new Request(client, 1, 600), 0);
    assertThat(server.nextEventNanos()).isEqualTo(600);
    state.buffers.add(Once.at(500, now -> {}));
    assertThat(server.nextEventNanos()).isEqualTo(500);
    state.keepers.add(Once.at(400, now -> {}));
    assertThat(server.nextEventNanos()).isEqualTo(400);
  }

  @Test
  void theEventsThatBelongToNoPartitionHappenUntilTheyAreRemoved() {
    List<Long> acted = new ArrayList<>();
    Timed kept = Once.at(5, acted::add);
    Timed removed = Once.at(6, acted::add);
    server.add(kept);
    server.add(removed);
    server.remove(removed);

    server.catchUp(10);

    assertThat(acted).containsExactly(10L);
    assertThat(server.nextEventNanos()).isEqualTo(Timed.NEVER);
  }

  @Test
  void theFailureOfPullsReachesEachPartition() {
    PartitionState other = server.open("q", config);
    Request here = waitUntil(Timed.NEVER);
    Request there = new Request(client, 1, Timed.NEVER);
    other.pulls.add(there, 0);
    assertThat(server.blockedPulls()).isEqualTo(2);

    server.failPulls("cut");

    for (Request each : List.of(here, there)) {
      assertThat(each.failure()).isEqualTo("cut");
      assertThat(each.ends).isEqualTo(1);
    }
    assertThat(server.blockedPulls()).isZero();
    pushes.push(Task.of("a", "x"), 0);
    assertThat(here.got).as("a pull that failed gets no task").isEmpty();
  }
}
