// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.plain;

import dev.jetlane.DeadLetter;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tasks of one partition: a queue of new ones, a queue of returned ones, and a list of
 * outstanding ones. Every step is a small method, so that a broken queue overrides one method.
 * Guarded by its store.
 */
public class PlainTasks {

  /** A stored task. */
  public static final class Item {
    final Task task;
    final long number;
    long storedNanos;
    int attempts;

    /** The end of its lease or of its delay. */
    long dueNanos;

    boolean delayed;

    Item(Task task, long number) {
      this.task = task;
      this.number = number;
    }
  }

  final QueueConfig config;
  final Deque<Item> fresh = new ArrayDeque<>();
  final Deque<Item> back = new ArrayDeque<>();
  final List<Item> out = new ArrayList<>();
  final Map<String, Long> acceptedNanos = new HashMap<>();
  final List<DeadLetter> dead = new ArrayList<>();

  /** The limit of the client that pulls. */
  int maxDeliveries;

  /** The time of the latest push. */
  private long nowNanos;

  /** The ids of exhausted tasks, until the pull that found them has reported them. */
  final List<String> usedUp = new ArrayList<>();

  private long number;
  private long letters;

  public PlainTasks(QueueConfig config) {
    this.config = config;
    maxDeliveries = config.maxDeliveries();
  }

  enum Push {
    STORED,
    DUPLICATE,
    FULL
  }

  Push push(Task task, long now) {
    if (remembers(task.id(), now)) {
      return Push.DUPLICATE;
    }
    if (full()) {
      return Push.FULL;
    }
    acceptedNanos.put(task.id(), now);
    nowNanos = now;
    store(task);
    return Push.STORED;
  }

  void store(Task task) {
    Item item = new Item(task, number++);
    item.storedNanos = nowNanos;
    fresh.addLast(item);
  }

  boolean remembers(String id, long now) {
    Long accepted = acceptedNanos.get(id);
    return accepted != null && now - accepted < config.dedupWindow().toNanos();
  }

  boolean full() {
    return fresh.size() + outstanding() >= config.maxTasks();
  }

  int outstanding() {
    return back.size() + out.size();
  }

  /** Returns due tasks to the queue, in the order of their due times. */
  void expire(long now) {
    out.stream()
        .filter(item -> item.dueNanos <= now)
        .sorted(this::dueOrder)
        .toList()
        .forEach(
            item -> {
              out.remove(item);
              comeBack(item);
            });
  }

  int dueOrder(Item a, Item b) {
    return a.dueNanos != b.dueNanos
        ? Long.compare(a.dueNanos, b.dueNanos)
        : Long.compare(a.number, b.number);
  }

  void comeBack(Item item) {
    back.addLast(item);
  }

  List<Item> take(int max, long maxBytes, long now) {
    expire(now);
    List<Item> taken = new ArrayList<>();
    long leftBytes = maxBytes;
    while (taken.size() < max && (taken.isEmpty() || nextBytes() <= leftBytes)) {
      Item item = next();
      if (item == null) {
        break;
      }
      lease(item, now);
      taken.add(item);
      leftBytes -= item.task.payload().length;
    }
    return taken;
  }

  /** The size of the next task. */
  private int nextBytes() {
    Item item = back.isEmpty() ? fresh.peekFirst() : back.peekFirst();
    return item == null ? 0 : item.task.payload().length;
  }

  /** As {@link #take}, for a pull that waited and was woken. */
  List<Item> takeWoken(int max, long maxBytes, long now) {
    return take(max, maxBytes, now);
  }

  Item next() {
    while (!back.isEmpty()) {
      Item item = back.pollFirst();
      if (!usedUp(item)) {
        return item;
      }
      storeLetter(item, DeadLetter.MAX_DELIVERIES);
      usedUp.add(item.task.id());
    }
    return mayTakeNew() ? fresh.pollFirst() : null;
  }

  boolean usedUp(Item item) {
    return item.attempts >= maxDeliveries;
  }

  boolean mayTakeNew() {
    return outstanding() < config.maxOutstanding();
  }

  void lease(Item item, long now) {
    item.attempts++;
    item.delayed = false;
    item.dueNanos = now + config.lease().toNanos();
    out.add(item);
  }

  void ack(Item item, int attempt) {
    out.remove(item);
    back.remove(item);
  }

  void nak(Item item, Duration delay, long now) {
    expire(now);
    if (!out.contains(item)) {
      return;
    }
    if (delay.isZero()) {
      out.remove(item);
      giveBack(item);
    } else {
      item.dueNanos = now + delay.toNanos();
      item.delayed = true;
    }
  }

  void giveBack(Item item) {
    back.addLast(item);
  }

  void putBack(Item item) {
    if (full()) {
      throw new QueueFullException("the partition holds " + config.maxTasks() + " tasks", null);
    }
    out.remove(item);
    store(item.task);
  }

  void extend(Item item, long now) {
    item.dueNanos = now + config.lease().toNanos();
  }

  void deadLetter(Item item, String reason) {
    out.remove(item);
    storeLetter(item, reason);
  }

  void storeLetter(Item item, String reason) {
    dead.add(
        new DeadLetter(
            "letter-" + letters++,
            item.task.id(),
            item.task.payload(),
            item.task.headers(),
            item.task.priority(),
            item.attempts,
            reason,
            Instant.EPOCH));
  }

  /** The end of a lease that begins now, in the view of its client. */
  long clientsLeaseEnd(long now) {
    return now + config.lease().toNanos();
  }

  boolean roomForRedrive() {
    return !full();
  }

  boolean hasLetter(String id) {
    return dead.stream().anyMatch(letter -> letter.id().equals(id));
  }

  void redrive(String id) {
    DeadLetter letter = dead.stream().filter(l -> l.id().equals(id)).findFirst().orElseThrow();
    dead.remove(letter);
    store(Task.of(letter.taskId(), letter.payload()).withHeaders(letter.headers()));
  }

  long purge() {
    long count = dead.size();
    dead.clear();
    return count;
  }
}
