// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tasks that an operator sees, finds and removes, in each state. */
class BrowsedTasksTest extends QueueTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final Map<TaskState, List<String>> expected = new EnumMap<>(TaskState.class);

  private PartitionAdmin admin() {
    return queue.admin().partition("p");
  }

  /** Three tasks of each state, in another order than that of the states. */
  @BeforeEach
  void fill() throws InterruptedException {
    configure(CONFIG.withPriorities(2));
    advanceSeconds(3);
    for (int i = 0; i < 3; i++) {
      partition.push(task("later-" + i, i % 2).withDelay(HOUR));
      partition.push(task("out-" + i, i % 2));
    }
    List<Delivery> held = pull(9);
    assertThat(held).hasSize(3);
    held.get(0).nak();
    held.get(1).nak(Duration.ofMinutes(5));
    for (int i = 0; i < 3; i++) {
      partition.push(task("ready-" + i, i % 2));
    }
    expected.put(TaskState.READY, List.of("ready-1", "ready-0", "ready-2"));
    expected.put(TaskState.OUTSTANDING, List.of("out-1", "out-0", "out-2"));
    expected.put(TaskState.DELAYED, List.of("later-0", "later-1", "later-2"));
  }

  private List<String> all(TaskState state) {
    return Objects.requireNonNull(expected.get(state));
  }

  private static Task task(String id, int priority) {
    return Task.of(id, "payload of " + id).withHeader("of", id).withPriority(priority);
  }

  /** Reads all pages of a query. */
  private List<String> paged(TaskQuery query) {
    List<String> ids = new ArrayList<>();
    Page<TaskInfo> page = admin().tasks(query);
    page.items().forEach(task -> ids.add(task.id()));
    while (page.next().isPresent()) {
      page = admin().tasks(query.withStart(page.next().get()));
      assertThat(page.items()).as("a page that was promised").isNotEmpty();
      page.items().forEach(task -> ids.add(task.id()));
    }
    return ids;
  }

  @Test
  void thePagesOfAStateShowEachOfItsTasksOnce() {
    expected.forEach(
        (state, ids) -> {
          for (int max = 1; max <= 4; max++) {
            TaskQuery query = TaskQuery.defaults().withState(state).withMax(max);
            assertThat(paged(query)).as("%s in pages of %d", state, max).isEqualTo(ids);
          }
        });
    assertThat(paged(TaskQuery.defaults()))
        .containsExactly(
            "out-1", "ready-1", "out-0", "out-2", "ready-0", "ready-2", "later-0", "later-1",
            "later-2");
  }

  @Test
  void eachValueOfATaskIsItsOwn() {
    advanceSeconds(4);
    TaskInfo out = admin().find("out-1").orElseThrow();
    assertThat(out)
        .isEqualTo(
            new TaskInfo(
                "out-1",
                TaskState.OUTSTANDING,
                OptionalInt.of(1),
                1,
                Duration.ofSeconds(4),
                Optional.empty(),
                Map.of("of", "out-1"),
                "payload of out-1".length(),
                Optional.of("payload of out-1".getBytes(UTF_8))));
    TaskInfo later = admin().find("later-2").orElseThrow();
    assertThat(later.attempts()).isEqualTo(OptionalInt.of(0));
    assertThat(later.dueIn()).contains(HOUR.minusSeconds(4));
    assertThat(later.priority()).isZero();
    assertThat(admin().find("no-such-task")).isEmpty();
  }

  @Test
  void payloadsAreShownIfTheyAreAskedFor() {
    assertThat(admin().tasks(TaskQuery.defaults()).items())
        .allMatch(task -> task.payload().isEmpty())
        .allMatch(task -> task.payloadBytes() == ("payload of " + task.id()).length());
    assertThat(admin().tasks(TaskQuery.defaults().withPayloads()).items())
        .allMatch(
            task ->
                new String(task.payload().orElseThrow(), UTF_8).equals("payload of " + task.id()));
  }

  @Test
  void onlyTasksThatWereNeverDeliveredAreRemoved() throws InterruptedException {
    Stats before = partition.stats();
    for (String id : all(TaskState.OUTSTANDING)) {
      assertThat(admin().remove(id)).as(id).isEqualTo(Removal.OUTSTANDING);
    }
    assertThat(partition.stats()).isEqualTo(before);
    for (TaskState state : List.of(TaskState.READY, TaskState.DELAYED)) {
      for (String id : all(state)) {
        assertThat(admin().remove(id)).as(id).isEqualTo(Removal.REMOVED);
        assertThat(admin().remove(id)).as("%s again", id).isEqualTo(Removal.NOT_FOUND);
        assertThat(admin().find(id)).as(id).isEmpty();
      }
    }
    assertThat(partition.stats()).isEqualTo(new Stats(0, 3, 0));
    advance(HOUR);
    assertThat(pullIds(20)).containsExactlyInAnyOrder("out-0", "out-1", "out-2");
  }

  /** Such as the start of another list, or a text that a user made up. */
  @Test
  void aStartThatNoPageNamedIsRefused() {
    for (String start :
        List.of(
            "1", ":", "1:", ":1", "a:1", "1:a", "100:1", "0:1234567890123456789", "-1:1", "0:1 ")) {
      assertThatThrownBy(() -> admin().tasks(TaskQuery.defaults().withStart(start)))
          .as(start)
          .isInstanceOf(InvalidInputException.class);
    }
    assertThat(admin().tasks(TaskQuery.defaults().withStart("99:999999999999999999")).items())
        .isEmpty();
    assertThat(admin().tasks(TaskQuery.defaults().withStart("0:0")).items()).hasSize(9);
  }
}
