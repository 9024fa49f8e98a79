package dev.jetlane.inmemory.model;

import dev.jetlane.DeadLetter;
import dev.jetlane.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The dead letters of a partition, oldest first. Guarded by the lock of the server's time. */
public final class DeadLetterStore {

  /** A letter without a copy of the payload. */
  public record Letter(String id, StoredTask stored, int attempts, String reason, Instant time) {

    DeadLetter copy() {
      Task task = stored.task;
      return new DeadLetter(id, task.id(), task.payload(), task.headers(), attempts, reason, time);
    }
  }

  private final Instant start;
  private final Map<String, Letter> byId = new LinkedHashMap<>();

  /**
   * An empty store.
   *
   * @param start the wall-clock time of moment zero
   */
  DeadLetterStore(Instant start) {
    this.start = start;
  }

  /**
   * Does nothing if a letter of this task was made before, as the message id of a stored letter
   * sees to.
   */
  void add(StoredTask task, String reason, long now) {
    if (!task.dead) {
      task.dead = true;
      String id = Long.toString(task.sequence);
      byId.put(id, new Letter(id, task, task.deliveries, reason, start.plusNanos(now)));
    }
  }

  @Nullable Letter find(String id) {
    return byId.get(id);
  }

  void remove(String id) {
    byId.remove(id);
  }

  public Collection<Letter> all() {
    return byId.values();
  }

  int size() {
    return byId.size();
  }

  public List<DeadLetter> list(int max) {
    List<DeadLetter> oldest = new ArrayList<>();
    for (Letter letter : byId.values()) {
      if (oldest.size() == max) {
        break;
      }
      oldest.add(letter.copy());
    }
    return oldest;
  }

  public int clear() {
    int size = byId.size();
    byId.clear();
    return size;
  }
}
