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
   * @param number its place among all letters that there ever were
   */
  public record Letter(
      long number, String id, StoredTask stored, int attempts, String reason, Instant time) {

    /** With a copy of the payload. */
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
   * The letters whose redrive or move has done its first step and not its second, and the
   * partitions where their tasks are.
   */
  private final Map<String, Set<String>> redriven = new HashMap<>();

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
      Instant time = start.plusNanos(now);
      byId.put(id, new Letter(++lastNumber, id, task, task.deliveries, reason, time));
    }
  }

  @Nullable Letter find(String id) {
    return byId.get(id);
  }

  /** A copy of the letter with this id. */
  public Optional<DeadLetter> copyOf(String id) {
    return Optional.ofNullable(byId.get(id)).map(Letter::copy);
  }

  /** Whether the task of this letter was stored there and the letter not yet removed. */
  boolean isRedriven(String id, String partition) {
    return redriven.getOrDefault(id, Set.of()).contains(partition);
  }

  void redriven(String id, String partition) {
    redriven.computeIfAbsent(id, absent -> new HashSet<>()).add(partition);
  }

  /** Returns whether there was such a letter. */
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
