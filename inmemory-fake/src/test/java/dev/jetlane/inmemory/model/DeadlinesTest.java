// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlinesTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void behaveLikeASortedSet(long seed) {
    Random random = new Random(seed);
    Deadlines deadlines = new Deadlines();
    TreeSet<StoredTask> model =
        new TreeSet<>(
            Comparator.<StoredTask>comparingLong(task -> task.deadlineNanos)
                .thenComparingLong(task -> task.sequence));
    List<StoredTask> in = new ArrayList<>();
    Task task = Task.of("t", "x");
    for (int i = 0; i < 20_000; i++) {
      if (in.isEmpty() || random.nextInt(100) < 52) {
        StoredTask added = new StoredTask(i, task, 0);
        added.deadlineNanos = random.nextInt(50);
        deadlines.add(added);
        model.add(added);
        in.add(added);
      } else if (random.nextBoolean()) {
        StoredTask removed = in.remove(random.nextInt(in.size()));
        deadlines.remove(removed);
        model.remove(removed);
      } else {
        StoredTask first = deadlines.removeFirst();
        assertThat(first).isSameAs(model.pollFirst());
        in.remove(first);
      }
      assertThat(deadlines.size()).isEqualTo(model.size());
      assertThat(deadlines.firstNanos())
          .isEqualTo(model.isEmpty() ? Timed.NEVER : model.first().deadlineNanos);
    }
    assertThat(model).isNotEmpty();
    while (!model.isEmpty()) {
      assertThat(deadlines.removeFirst()).isSameAs(model.pollFirst());
    }
  }
}
