// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.inmemory.model.StoredTask.Place;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random histories of two partitions. After each step the counts, queues and timers agree with the
 * places of the tasks, no event is overdue, and no pull waits while there is a task for it.
 */
class PartitionBookkeepingTest {

  private static final long SECOND = 1_000_000_000L;
  private static final int HISTORIES = 200;
  private static final int STEPS = 150;
  private static final QueueConfig CONFIG =
      QueueConfig.defaults()
          .withLease(Duration.ofSeconds(10))
          .withDedupWindow(Duration.ofSeconds(30))
          .withMaxTasks(5)
          .withMaxOutstanding(3)
          .withPriorities(2)
          .withLowEvery(3);

  private record Held(PartitionState at, StoredTask task) {}

  /** A server with random faults, one client, and its deliveries, settled or not. */
  private static final class World implements Mishaps, Holder {

    final Random random;
    final ServerState server = new ServerState(Instant.parse("2000-01-01T00:00:00Z"), this);
    final List<PartitionState> states = List.of(server.open("p", CONFIG), server.open("q", CONFIG));
    final PriorityTurns turns = new PriorityTurns(CONFIG);
    final List<Held> held = new ArrayList<>();
    int usedUp;
    int refused;
    long now;

    World(long seed) {
      random = new Random(seed);
    }

    @Override
    public boolean refusesToStore(String partition) {
      return random.nextInt(30) == 0;
    }

    @Override
    public long nanosOnTheWay(long leaseNanos) {
      return random.nextInt(10) == 0 ? leaseNanos / 2 : 0;
    }

    @Override
    public boolean deliversTwice() {
      return random.nextInt(15) == 0;
    }

    @Override
    public String name() {
      return "client";
    }

    @Override
    public PriorityTurns turns() {
      return turns;
    }

    @Override
    public int maxDeliveries() {
      return 3;
    }

    @Override
    public void exhausted(StoredTask task) {
      usedUp++;
    }

    private long some() {
      return 1 + random.nextInt(8) * SECOND;
    }

    private Task task() {
      Task task = Task.of("t" + random.nextInt(12), "x").withPriority(random.nextInt(2));
      return random.nextInt(3) == 0 ? task.withDelay(Duration.ofNanos(some())) : task;
    }

    /** Makes a random call; the events that are due have happened. */
    void step() {
      PartitionState state = states.get(random.nextInt(2));
      int choice = random.nextInt(28);
      try {
        if (choice < 8) {
          server.catchUp(now += random.nextInt(3) * SECOND);
        } else if (choice < 12) {
          new Pushes(state).push(task(), now);
        } else if (choice < 17) {
          take(state);
        } else if (choice < 23) {
          settle(state);
        } else if (choice < 25) {
          operate(state);
        } else if (choice == 25) {
          state.pulls.add(new Wait(this, state, 1 + random.nextInt(2), now + some()), now);
        } else if (random.nextBoolean()) {
          lose(state);
        } else {
          new Pushes(state).pushAtomically(List.of(task(), task()), now);
        }
      } catch (QueueFullException | OutcomeUnknownException e) {
        refused++;
      }
    }

    private void take(PartitionState state) {
      StoredTask next = state.next(now, this);
      if (next != null) {
        held.add(new Held(state, state.take(next, now, this).task));
      }
    }

    /** Settles a delivery of any age, as its client may do late. */
    private void settle(PartitionState at) {
      List<Held> own = held.stream().filter(each -> each.at == at).toList();
      if (own.isEmpty()) {
        return;
      }
      StoredTask task = own.get(random.nextInt(own.size())).task;
      TaskMoves moves = new TaskMoves(at);
      switch (random.nextInt(9)) {
        case 0 -> at.ack(task, now);
        case 1 -> at.nak(task, now);
        case 2 -> at.nak(task, some(), now);
        case 3, 4 -> at.extend(task, now);
        case 5 -> moves.storeLetter(task, "no", now);
        case 6 -> {
          moves.storeLetter(task, "no", now);
          moves.removeDead(task, "no", now);
        }
        case 7 -> moves.putBack(task, now);
        default -> moves.release(task, maxDeliveries(), now);
      }
    }

    private void operate(PartitionState state) {
      PartitionBrowser browser = new PartitionBrowser(state);
      List<TaskInfo> tasks = browser.tasks(TaskQuery.defaults(), now).items();
      String id = tasks.isEmpty() ? "none" : tasks.get(random.nextInt(tasks.size())).id();
      switch (random.nextInt(10)) {
        case 0 -> state.noteCancelled(id, now);
        case 1 -> state.cancel(id, now);
        case 2, 3 -> browser.remove(id, now);
        case 4 -> state.pause(now + some(), now);
        case 5 -> state.resume(now);
        case 6 -> state.purge(now);
        case 7, 8 -> redrive(state, states.get(random.nextInt(2)));
        default -> {
          state.delete(now);
          server.open(state.name, CONFIG);
        }
      }
    }

    private void redrive(PartitionState from, PartitionState to) {
      List<DeadLetterStore.Letter> letters = List.copyOf(from.deadLetters.all());
      if (!letters.isEmpty()) {
        String id = letters.get(random.nextInt(letters.size())).id();
        new TaskMoves(from).storeRedriven(id, to, random.nextBoolean(), now);
        if (random.nextBoolean()) {
          from.deadLetters.remove(id);
        }
      }
    }

    private void lose(PartitionState state) {
      if (random.nextInt(3) == 0) {
        new MemoryLoss(state).deleteConsumer(now);
        state.createConsumer();
      } else {
        MemoryLoss.Settled[] all = MemoryLoss.Settled.values();
        server.restart(random.nextInt(20) * SECOND, all[random.nextInt(all.length)], now);
      }
    }
  }

  /** A pull, whose tasks the client holds. */
  private static final class Wait extends PullRequest {

    private final World world;
    private final PartitionState at;

    Wait(World world, PartitionState at, int max, long deadlineNanos) {
      super(world, max, Long.MAX_VALUE, deadlineNanos, false);
      this.world = world;
      this.at = at;
    }

    @Override
    protected void served(Attempt attempt) {
      world.held.add(new Held(at, attempt.task));
    }

    @Override
    protected void ended() {}
  }

  /** The places of the tasks of a partition, counted one by one. */
  private static void check(String when, PartitionState state, World world) {
    Set<StoredTask> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    int[] outstanding = new int[state.levels.count()];
    for (int i = 0; i < state.deadlines.size(); i++) {
      StoredTask task = state.deadlines.get(i);
      assertThat(seen.add(task)).as("%s: one timer for a task", when).isTrue();
      assertThat(task.place).as("%s: place with a timer", when).isIn(Place.LEASED, Place.DELAYED);
      outstanding[task.task.priority()]++;
    }
    long ready = 0;
    long delayed = 0;
    for (int i = 0; i < outstanding.length; i++) {
      Level level = state.levels.get(i);
      checkAll(when, seen, level.fresh, Place.NEW, i);
      checkAll(when, seen, level.redeliveries, Place.REDELIVERY, i);
      List<StoredTask> notDue = new ArrayList<>();
      level.notDue.forEach(notDue::add);
      checkAll(when, seen, notDue, Place.NOT_DUE, i);
      checkAll(when, seen, level.storedAgain, Place.GONE, i);
      assertThat(level.fresh.stream().map(StoredTask::sequence))
          .as("%s: new tasks in the order of the pushes", when)
          .isSorted();
      assertThat(level.outstanding)
          .as("%s: outstanding tasks of priority %d", when, i)
          .isEqualTo(outstanding[i] + level.redeliveries.size());
      ready += level.fresh.size() + level.storedAgain.size();
      delayed += notDue.size();
    }
    long out = 0;
    for (int i = 0; i < outstanding.length; i++) {
      out += state.levels.get(i).outstanding;
    }
    long redelivered =
        seen.stream().filter(task -> task.place != Place.GONE && task.deliveries > 1).count();
    assertThat(state.stats())
        .as("%s: counts", when)
        .isEqualTo(new Stats(ready, out, redelivered, delayed, state.deadLetters.all().size()));
    assertThat(state.nextEventNanos()).as("%s: next event", when).isGreaterThan(world.now);
    checkOldest(when, state, seen, world.now);
    if (state.pulls.blocked() > 0) {
      StoredTask left = state.next(world.now, world);
      assertThat(left).as("%s: a task for which a pull waits", when).isNull();
    }
  }

  private static void checkAll(
      String when, Set<StoredTask> seen, Iterable<StoredTask> tasks, Place place, int priority) {
    for (StoredTask task : tasks) {
      assertThat(seen.add(task)).as("%s: %s of %s", when, place, task.id()).isTrue();
      assertThat(task.place).as("%s: place of %s", when, task.id()).isEqualTo(place);
      assertThat(task.task.priority()).as("%s: of %s", when, task.id()).isEqualTo(priority);
    }
  }

  private static void checkOldest(
      String when, PartitionState state, Set<StoredTask> seen, long now) {
    @Nullable Duration oldest =
        seen.stream()
            .filter(task -> task.place != Place.NOT_DUE)
            .map(task -> Duration.ofNanos(now - task.storedAtNanos))
            .max(Duration::compareTo)
            .orElse(null);
    assertThat(state.oldestAge(now)).as("%s: the oldest age", when).isEqualTo(oldest);
  }

  @Test
  void countsAndTimersAgreeWithThePlacesOfTheTasks() {
    int usedUp = 0;
    int refused = 0;
    for (long seed = 1; seed <= HISTORIES; seed++) {
      World world = new World(seed);
      for (int i = 0; i < STEPS; i++) {
        world.server.catchUp(world.now);
        world.step();
        for (PartitionState state : world.states) {
          check("seed " + seed + ", step " + i + ", partition " + state.name, state, world);
        }
      }
      usedUp += world.usedUp;
      refused += world.refused;
    }
    assertThat(usedUp).as("tasks that used up their deliveries").isPositive();
    assertThat(refused).as("calls that were refused").isPositive();
  }

  /** Every task that is stored can be settled, and then nothing is left, and no timer. */
  @Test
  void nothingIsLeftAfterAPurge() {
    for (long seed = 1; seed <= HISTORIES; seed++) {
      World world = new World(seed);
      for (int i = 0; i < STEPS; i++) {
        world.server.catchUp(world.now);
        world.step();
      }
      for (PartitionState state : world.states) {
        long stored = state.stats().backlog() + state.stats().delayed();
        assertThat(state.purge(world.now)).as("seed %d: purged", seed).isEqualTo(stored);
        assertThat(state.purge(world.now)).as("seed %d: purged again", seed).isZero();
        state.deadLetters.clear();
        state.pulls.fail("the end");
        state.resume(world.now);
        assertThat(state.stats()).isEqualTo(new Stats(0, 0, 0));
        assertThat(state.nextEventNanos()).as("seed %d", seed).isEqualTo(Timed.NEVER);
        assertThat(state.next(world.now, world)).isNull();
      }
    }
  }
}
