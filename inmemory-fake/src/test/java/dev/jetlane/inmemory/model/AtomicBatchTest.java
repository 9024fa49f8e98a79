// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** An atomic batch finds room if its tasks would find room one after the other. */
class AtomicBatchTest {

  private static final QueueConfig CONFIG =
      QueueConfig.defaults().withPriorities(3).withMaxTasks(4);

  private static final class Target {

    final ServerState server =
        new ServerState(Instant.parse("2000-01-01T00:00:00Z"), new NoMishaps());
    final PartitionState state = server.open("p", CONFIG);
    final Pushes pushes = new Pushes(state);

    List<String> shown() {
      List<String> shown = new ArrayList<>();
      state.forEach(task -> shown.add(task.sequence + " " + task.id() + " " + task.place));
      shown.sort(null);
      return shown;
    }
  }

  private static List<Task> batch(Random random) {
    List<Task> batch = new ArrayList<>();
    for (int i = random.nextInt(8); i >= 0; i--) {
      Task task = Task.of("t" + random.nextInt(20), "x").withPriority(random.nextInt(3));
      batch.add(random.nextInt(3) == 0 ? task.withDelay(Duration.ofSeconds(1)) : task);
    }
    return batch;
  }

  /** Returns the ids that were stored. */
  private static Set<String> oneAfterTheOther(Target target, List<Task> batch) {
    Set<String> stored = new LinkedHashSet<>();
    for (Task task : batch) {
      if (target.pushes.push(task, 0)) {
        stored.add(task.id());
      }
    }
    return stored;
  }

  @Test
  void aBatchIsStoredIfItsTasksWouldBeStoredOneAfterTheOther() {
    int accepted = 0;
    int refused = 0;
    for (long seed = 1; seed <= 2_000; seed++) {
      Random random = new Random(seed);
      List<Task> before = batch(random);
      List<Task> batch = batch(random);
      Target together = new Target();
      Target apart = new Target();
      for (Target target : List.of(together, apart)) {
        for (Task task : before) {
          try {
            target.pushes.push(task, 0);
          } catch (QueueFullException e) {
            // The partition is as full as it can be.
          }
        }
      }
      List<String> was = together.shown();
      try {
        Set<String> stored = together.pushes.pushAtomically(batch, 0);
        assertThat(stored).as("seed %d", seed).isEqualTo(oneAfterTheOther(apart, batch));
        assertThat(together.shown()).as("seed %d", seed).isEqualTo(apart.shown());
        for (String id : stored) {
          assertThat(together.pushes.push(Task.of(id, "x"), 0)).as("%s again", id).isFalse();
        }
        accepted++;
      } catch (QueueFullException e) {
        assertThat(together.shown()).as("seed %d: nothing is stored", seed).isEqualTo(was);
        boolean alsoApart = false;
        try {
          Set<String> unused = oneAfterTheOther(apart, batch);
        } catch (QueueFullException full) {
          alsoApart = true;
        }
        assertThat(alsoApart).as("seed %d: one of %s finds no room", seed, batch).isTrue();
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(200);
    assertThat(refused).isGreaterThan(200);
  }

  /** The server may refuse any of the tasks. */
  @Test
  void aFaultThatRefusesTheLastTaskStoresNone() {
    int[] asked = {0};
    Mishaps third =
        new NoMishaps() {
          @Override
          public boolean refusesToStore(String partition) {
            assertThat(partition).isEqualTo("p");
            return ++asked[0] == 3;
          }
        };
    ServerState server = new ServerState(Instant.parse("2000-01-01T00:00:00Z"), third);
    PartitionState state = server.open("p", CONFIG);
    Pushes pushes = new Pushes(state);
    List<Task> three = List.of(Task.of("a", "x"), Task.of("b", "x"), Task.of("c", "x"));
    assertThatThrownBy(() -> pushes.pushAtomically(three, 0))
        .isInstanceOf(QueueFullException.class)
        .hasMessage("fault: partition p is full");
    assertThat(state.stats()).isEqualTo(new Stats(0, 0, 0));
    assertThat(state.nextForgottenNanos()).as("no id is remembered").isEqualTo(Long.MAX_VALUE);
    assertThat(pushes.pushAtomically(three, 0)).containsExactly("a", "b", "c");
  }
}
