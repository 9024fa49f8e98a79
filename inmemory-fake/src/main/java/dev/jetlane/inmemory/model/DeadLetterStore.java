// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.DeadLetter;
import dev.jetlane.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The dead letters of a partition, oldest first. Guarded by the lock of the server's time. */
public final class DeadLetterStore {

  /**
   * A letter without a copy of the payload.
   *
   * @param number its number among all letters ever stored
   */
  public record Letter(
      long number, String id, StoredTask stored, int attempts, String reason, Instant time) {

    /** Returns the letter with a copy of the payload. */
    public DeadLetter copy() {
      Task task = stored.task;
      return new DeadLetter(
          id, task.id(), task.payload(), task.headers(), task.priority(), attempts, reason, time);
    }
  }

  private final Instant start;
  private final Map<String, Letter> byId = new LinkedHashMap<>();
  private long lastNumber;

  /** The letters that were stored within the dedup window, removed or not. */
  private final DedupWindow stored;

  /**
   * Creates an empty store.
   *
   * @param start the wall-clock time of moment zero
   * @param windowNanos the dedup window
   */
  DeadLetterStore(Instant start, long windowNanos) {
    this.start = start;
    stored = new DedupWindow(windowNanos);
  }

  /**
   * Stores a letter unless the task has one or had one within the dedup window. A server knows the
   * subject of a stored letter, and for that window its message id.
   */
  void add(StoredTask task, String reason, long now) {
    String id = Long.toString(task.sequence);
    stored.catchUp(now);
    if (!byId.containsKey(id) && !stored.knows(id)) {
      stored.remember(id, now);
      Instant time = start.plusNanos(now);
      byId.put(id, new Letter(++lastNumber, id, task, task.deliveries, reason, time));
    }
  }

  /** Forgets the removed letters, as a server that starts again. */
  void forgetRemoved() {
    stored.forgetAllBut(byId.keySet());
  }

  @Nullable Letter find(String id) {
    return byId.get(id);
  }

  /** Returns a copy of the letter with this id. */
  public Optional<DeadLetter> copyOf(String id) {
    return Optional.ofNullable(byId.get(id)).map(Letter::copy);
  }

  /** Removes a letter; returns whether there was one. */
  public boolean remove(String id) {
    return byId.remove(id) != null;
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
