// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.DeadLetter;
import dev.jetlane.Task;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /**
   * The target partitions of redrives and moves that have done only the first of their two steps,
   * by letter.
   */
  private final Map<String, Set<String>> redriven = new HashMap<>();

  /**
   * Creates an empty store.
   *
   * @param start the wall-clock time of moment zero
   */
  DeadLetterStore(Instant start) {
    this.start = start;
  }

  /**
   * Stores a letter unless this task already has one, like a server, where the message id of the
   * stored letter prevents it.
   */
  void add(StoredTask task, String reason, long now) {
    if (!task.dead) {
      task.dead = true;
      String id = Long.toString(task.sequence);
      Instant time = start.plusNanos(now);
      byId.put(id, new Letter(++lastNumber, id, task, task.deliveries, reason, time));
    }
  }

  @Nullable Letter find(String id) {
    return byId.get(id);
  }

  /** Returns a copy of the letter with this id. */
  public Optional<DeadLetter> copyOf(String id) {
    return Optional.ofNullable(byId.get(id)).map(Letter::copy);
  }

  /**
   * Whether the task of this letter was stored in that partition and the letter is not removed yet.
   */
  boolean isRedriven(String id, String partition) {
    return redriven.getOrDefault(id, Set.of()).contains(partition);
  }

  void redriven(String id, String partition) {
    redriven.computeIfAbsent(id, absent -> new HashSet<>()).add(partition);
  }

  /** Removes a letter; returns whether there was one. */
  public boolean remove(String id) {
    redriven.remove(id);
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
    redriven.clear();
    return size;
  }
}
