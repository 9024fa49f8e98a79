// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lists the tasks of a partition in pages, and finds or removes one of them. Guarded by the lock of
 * the server's time.
 */
public final class PartitionBrowser {

  private static final Pattern PLACE = Pattern.compile("([0-9]{1,2}):([0-9]{1,18})");

  /**
   * A place in the list of all tasks.
   *
   * @param group the priorities from the highest one, then the delayed tasks
   */
  private record Place(int group, long sequence) {

    private static final Comparator<Place> ORDER =
        Comparator.comparingInt(Place::group).thenComparingLong(Place::sequence);

    static Place parse(String text) {
      Matcher matcher = PLACE.matcher(text);
      if (!matcher.matches()) {
        throw new InvalidInputException("start of a page", text, "must be the next() of a page");
      }
      return new Place(Integer.parseInt(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    @Override
    public String toString() {
      return group + ":" + sequence;
    }
  }

  private final PartitionState state;

  public PartitionBrowser(PartitionState state) {
    this.state = state;
  }

  /** A page of tasks. */
  public Page<TaskInfo> tasks(TaskQuery query, long now) {
    Place start = query.start().map(Place::parse).orElse(new Place(0, 0));
    List<StoredTask> rest =
        inOrder().stream()
            .filter(task -> query.includes(stateOf(task)))
            .filter(task -> Place.ORDER.compare(place(task), start) >= 0)
            .limit(query.max() + 1L)
            .toList();
    int size = Math.min(rest.size(), query.max());
    List<TaskInfo> page = new ArrayList<>(size);
    for (StoredTask task : rest.subList(0, size)) {
      page.add(info(task, query.payloads(), now));
    }
    return new Page<>(
        page,
        size < rest.size() ? Optional.of(place(rest.get(size)).toString()) : Optional.empty());
  }

  /** Returns the task with this id, with its payload. */
  public Optional<TaskInfo> find(String taskId, long now) {
    return Optional.ofNullable(first(taskId)).map(task -> info(task, true, now));
  }

  /**
   * Removes a task that was never delivered. A delayed task whose cancellation was noted before is
   * gone, although it is removed only now.
   */
  public Removal remove(String taskId, long now) {
    StoredTask task = first(taskId);
    if (task != null && stateOf(task) == TaskState.DELAYED) {
      boolean noted = state.noteCancelled(taskId, now);
      if (state.cancel(taskId, now) && noted) {
        return Removal.REMOVED;
      }
      task = first(taskId);
    }
    if (task == null) {
      return Removal.NOT_FOUND;
    } else if (stateOf(task) != TaskState.READY) {
      return Removal.OUTSTANDING;
    }
    state.removeReady(task, now);
    return Removal.REMOVED;
  }

  /** A page of dead letters. */
  public Page<DeadLetter> deadLetters(DeadLetterQuery query) {
    long start = query.start().map(text -> Place.parse("0:" + text).sequence).orElse(0L);
    List<DeadLetter> page = new ArrayList<>();
    for (DeadLetterStore.Letter letter : state.deadLetters.all()) {
      DeadLetter copy = letter.copy();
      if (letter.number() >= start && query.matches(copy)) {
        if (page.size() == query.max()) {
          return new Page<>(page, Optional.of(Long.toString(letter.number())));
        }
        page.add(copy);
      }
    }
    return new Page<>(page, Optional.empty());
  }

  private @Nullable StoredTask first(String taskId) {
    return inOrder().stream()
        .filter(task -> task.id().equals(taskId))
        .min(Comparator.comparing(task -> stateOf(task) != TaskState.DELAYED))
        .orElse(null);
  }

  private List<StoredTask> inOrder() {
    List<StoredTask> all = new ArrayList<>();
    state.forEach(all::add);
    state.levels.forEachStoredAgain(all::add);
    all.sort(Comparator.comparing(this::place, Place.ORDER));
    return all;
  }

  private Place place(StoredTask task) {
    int last = state.levels.count();
    boolean delayed = stateOf(task) == TaskState.DELAYED;
    return new Place(delayed ? last : last - 1 - task.task.priority(), task.sequence);
  }

  /**
   * Returns the state of a task. A task that was settled and stored again counts as outstanding,
   * because it was delivered.
   */
  private static TaskState stateOf(StoredTask task) {
    return switch (task.place) {
      case NOT_DUE -> TaskState.DELAYED;
      case NEW -> TaskState.READY;
      default -> TaskState.OUTSTANDING;
    };
  }

  private static TaskInfo info(StoredTask task, boolean withPayload, long now) {
    boolean delayed = task.place == StoredTask.Place.NOT_DUE;
    return new TaskInfo(
        task.id(),
        stateOf(task),
        OptionalInt.of(task.deliveries),
        task.task.priority(),
        Duration.ofNanos(now - task.storedAtNanos),
        delayed
            ? Optional.of(Duration.ofNanos(Math.max(0, task.deadlineNanos - now)))
            : Optional.empty(),
        task.task.headers(),
        task.payloadBytes(),
        withPayload ? Optional.of(task.task.payload()) : Optional.empty());
  }
}
