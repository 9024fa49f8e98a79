package dev.jetlane.inmemory;

import dev.jetlane.DeadLetter;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * A partition as the server sees it: a model of a nats-server's stream with WorkQueue retention and
 * one durable pull consumer (nats-server 2.9 to 2.15, {@code server/consumer.go}).
 *
 * <p>Three rules explain most of it. A task is outstanding from its first delivery until it is
 * settled for good, and meanwhile it has a lease, a delay, or a place in the one queue of
 * redeliveries. Settlements name a task and not a delivery of it: who asks is the client's
 * business. And time is an argument: nothing in here reads a clock.
 *
 * <p>Guarded by the lock of the server's time. Every call must be preceded by {@link #catchUp} to
 * the same {@code now}, and leaves either no task to hand out or nobody who waits for one.
 */
final class PartitionState {

  final String name;
  final QueueConfig config;
  final DeadLetterStore deadLetters;
  private final long leaseNanos;
  private final DedupWindow dedup;
  private final ArrayDeque<StoredTask> fresh = new ArrayDeque<>();
  private final LinkedHashSet<StoredTask> redeliveries = new LinkedHashSet<>();
  private final Deadlines deadlines = new Deadlines();
  private final ArrayDeque<PullRequest> waiting = new ArrayDeque<>();
  private long lastSequence;

  PartitionState(String name, QueueConfig config, Time time) {
    this.name = name;
    this.config = config;
    deadLetters = new DeadLetterStore(time);
    leaseNanos = config.lease().toNanos();
    dedup = new DedupWindow(config.dedupWindow().toNanos());
  }

  /** Brings about everything that is due up to now, in order, each event at its own instant. */
  void catchUp(long now) {
    for (long instant = nextEventNanos(); instant <= now; instant = nextEventNanos()) {
      while (deadlines.firstNanos() <= instant) {
        redeliver(deadlines.removeFirst());
      }
      serve(instant);
      if (!waiting.isEmpty()) {
        endPulls(instant);
      }
    }
    dedup.catchUp(now);
  }

  /**
   * Brings about what is due by now, and returns that moment: the {@code now} of the call that
   * follows.
   */
  long catchUp(Time time) {
    long now = time.nanos();
    catchUp(now);
    return now;
  }

  /** When the next lease, delay or wait ends; {@link Time#NEVER} if nothing is under way. */
  long nextEventNanos() {
    long next = deadlines.firstNanos();
    if (!waiting.isEmpty()) {
      for (PullRequest request : waiting) {
        next = Math.min(next, request.deadlineNanos);
      }
    }
    return next;
  }

  /** Returns whether the task was stored, and not a duplicate. */
  boolean push(Task task, long now) {
    if (dedup.knows(task.id())) {
      return false;
    }
    append(task, now);
    dedup.remember(task.id(), now);
    return true;
  }

  /** Stores a task without looking at its id. */
  void append(Task task, long now) {
    if (fresh.size() + outstanding() >= config.maxTasks()) {
      throw new QueueFullException(
          "partition " + name + " holds " + config.maxTasks() + " tasks", null);
    }
    fresh.addLast(new StoredTask(++lastSequence, task));
    serve(now);
  }

  /** Takes the next task under a lease, or null if there is none to hand out. */
  @Nullable StoredTask take(long now) {
    StoredTask task = next(now);
    if (task != null) {
      task.deliveries++;
      schedule(task, StoredTask.Place.LEASED, now + leaseNanos);
    }
    return task;
  }

  /** Removes a task, whoever holds it. */
  void ack(StoredTask task, long now) {
    if (isOutstanding(task)) {
      detach(task);
      task.place = StoredTask.Place.GONE;
      serve(now);
    }
  }

  /** Queues a task for redelivery, unless it is queued already. */
  void nak(StoredTask task, long now) {
    if (isOutstanding(task) && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      redeliver(task);
      serve(now);
    }
  }

  /** Queues a task for redelivery later, also if it is queued already. */
  void nak(StoredTask task, long delayNanos, long now) {
    if (isOutstanding(task)) {
      detach(task);
      schedule(task, StoredTask.Place.DELAYED, now + delayNanos);
    }
  }

  /** Restarts the lease; ends a delay; does not take back a task that is queued for redelivery. */
  void extend(StoredTask task, long now) {
    if (isOutstanding(task) && task.place != StoredTask.Place.REDELIVERY) {
      detach(task);
      schedule(task, StoredTask.Place.LEASED, now + leaseNanos);
    }
  }

  /** Stores a dead letter, once per task, then removes the task. */
  void deadLetter(StoredTask task, String reason, long now) {
    deadLetters.add(task, reason, now);
    ack(task, now);
  }

  /** Lets a request wait for its turn, after filling it with what is there. */
  void enqueue(PullRequest request, long now) {
    waiting.addLast(request);
    serve(now);
  }

  /** Ends a request that was not served. */
  void cancel(PullRequest request) {
    waiting.remove(request);
    end(request);
  }

  /** Withdraws a request; does nothing if it does not wait. */
  void withdraw(PullRequest request) {
    waiting.remove(request);
  }

  Stats stats() {
    return new Stats(fresh.size(), outstanding(), deadLetters.size());
  }

  /** How many pulls are blocked; a standing request is not. */
  long blockedPulls() {
    return waiting.stream().filter(request -> !request.isStanding()).count();
  }

  private int outstanding() {
    return deadlines.size() + redeliveries.size();
  }

  private static boolean isOutstanding(StoredTask task) {
    return task.place != StoredTask.Place.NEW && task.place != StoredTask.Place.GONE;
  }

  /**
   * Redeliveries come first and are not held back by the limit on outstanding tasks: they count
   * already.
   */
  private @Nullable StoredTask next(long now) {
    while (!redeliveries.isEmpty()) {
      Iterator<StoredTask> first = redeliveries.iterator();
      StoredTask task = first.next();
      first.remove();
      if (task.deliveries < config.maxDeliveries()) {
        return task;
      }
      task.place = StoredTask.Place.GONE;
      deadLetters.add(task, DeadLetter.MAX_DELIVERIES, now);
    }
    return outstanding() < config.maxOutstanding() ? fresh.pollFirst() : null;
  }

  private void redeliver(StoredTask task) {
    task.place = StoredTask.Place.REDELIVERY;
    redeliveries.add(task);
  }

  private void schedule(StoredTask task, StoredTask.Place place, long deadlineNanos) {
    task.place = place;
    task.deadlineNanos = deadlineNanos;
    deadlines.add(task);
  }

  private void detach(StoredTask task) {
    if (task.place == StoredTask.Place.REDELIVERY) {
      redeliveries.remove(task);
    } else {
      deadlines.remove(task);
    }
  }

  /**
   * Hands out what there is to those who wait: all of it to a pull, one task at a time to buffers.
   */
  private void serve(long now) {
    while (!waiting.isEmpty()) {
      StoredTask task = take(now);
      if (task == null) {
        return;
      }
      PullRequest request = waiting.removeFirst();
      request.puller.deliver(task, request);
      if (request.isStanding()) {
        if (!request.isFull()) {
          waiting.addLast(request);
        }
      } else {
        while (!request.isFull() && (task = take(now)) != null) {
          request.puller.deliver(task, request);
        }
        end(request);
      }
    }
  }

  private void endPulls(long instant) {
    // Over a copy: ending a pull puts its puller's standing request into the queue.
    for (PullRequest request : waiting.toArray(new PullRequest[0])) {
      if (request.deadlineNanos <= instant) {
        waiting.remove(request);
        end(request);
      }
    }
  }

  private void end(PullRequest request) {
    request.finish();
    PullRequest standing = request.standing;
    if (standing != null && !standing.isFull() && !waiting.contains(standing)) {
      waiting.addLast(standing);
    }
  }
}
