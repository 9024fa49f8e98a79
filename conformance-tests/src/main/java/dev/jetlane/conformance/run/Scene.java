// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plan.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** A queue with one partition, for rules that are code instead of plans. */
public final class Scene implements AutoCloseable {

  private static final int SEVERAL = 100;
  private static final long OTHERS_MILLIS = 5;
  private static final long PATIENCE_MILLIS = 30_000;

  public final Harness harness;
  public final QueueConfig config;
  public final TaskQueue queue;
  public final Partition partition;
  private long longestTickNanos;
  private final List<TaskQueue> clients = new CopyOnWriteArrayList<>();

  Scene(Harness harness, Settings settings) {
    this.harness = harness;
    config = settings.config(harness.tick());
    queue = client();
    partition = queue.partition("p0");
  }

  Scene(Harness harness) {
    this(harness, Settings.PLAIN);
  }

  /** Opens another client of the same storage, which is closed with this scene. */
  public TaskQueue client() {
    TaskQueue client = harness.open(config);
    clients.add(client);
    return client;
  }

  /** Opens another client, which faults do not affect. */
  public TaskQueue apart() {
    TaskQueue client = harness.openApart(config);
    clients.add(client);
    return client;
  }

  /** Opens another client, with listeners. */
  public TaskQueue client(List<QueueListener> listeners) {
    TaskQueue client = harness.open(config, listeners);
    clients.add(client);
    return client;
  }

  public void push(int count) {
    for (int i = 0; i < count; i++) {
      partition.push(Task.of("task-" + i, "payload " + i));
    }
    stats(s -> s.ready() >= count);
  }

  public Stats stats(Predicate<Stats> expected) {
    return stats(partition, expected);
  }

  /**
   * Returns the statistics when they match, or the latest statistics after the tolerance.
   * Statistics may lag.
   */
  public Stats stats(Partition counted, Predicate<Stats> expected) {
    long end = harness.nowNanos() + harness.tolerance().toNanos();
    Stats stats = counted.stats();
    while (!expected.test(stats) && harness.nowNanos() < end) {
      stats = counted.stats();
    }
    return stats;
  }

  /**
   * Like {@link #stats}, for effects that take several steps of the queue. In real time, waits as
   * long as the slowest machine needs.
   */
  public Stats statsSoon(Predicate<Stats> expected) {
    long end = harness.nowNanos() + patienceNanos();
    Stats stats = partition.stats();
    while (!expected.test(stats) && harness.nowNanos() < end) {
      stats = partition.stats();
    }
    return stats;
  }

  /** Pulls until this number of tasks came; waits as long as {@link #statsSoon}. */
  public List<Delivery> pullSoon(int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>();
    long end = harness.nowNanos() + patienceNanos();
    try (Puller puller = puller()) {
      do {
        all.addAll(pullNow(puller));
      } while (all.size() < count && harness.nowNanos() < end);
    }
    return all;
  }

  /** Whether to wait longer for an event that is due this number of ticks after a moment. */
  public boolean goOn(long since, int ticks) {
    return harness.nowNanos() - since < ticks(ticks).toNanos() + patienceNanos();
  }

  private long patienceNanos() {
    return harness.tolerance().multipliedBy(100).toNanos();
  }

  public List<Delivery> pullNow(Puller puller) throws InterruptedException {
    return puller.pull(SEVERAL, Duration.ZERO);
  }

  /** Opens a puller with the options of the harness. */
  public Puller puller(Partition pulled) {
    return pulled.puller(harness.pulling());
  }

  public Puller puller() {
    return puller(partition);
  }

  /** Returns the tasks that a new puller gets without waiting. */
  public List<Delivery> pullNow() throws InterruptedException {
    try (Puller puller = puller()) {
      return pullNow(puller);
    }
  }

  /** Pulls until this number of tasks came, or for the tolerance at most. */
  public List<Delivery> pullWithin(int count) throws InterruptedException {
    try (Puller puller = puller()) {
      return pullWithin(puller, count);
    }
  }

  /** Pulls this number of available tasks. On a busy machine that may take several pulls. */
  public List<Delivery> take(Puller puller, int count) throws InterruptedException {
    boolean virtual = harness.tolerance().isZero();
    Duration wait = virtual ? Duration.ZERO : ticks(10);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    List<Delivery> all = new ArrayList<>();
    do {
      all.addAll(puller.pull(count - all.size(), wait));
    } while (all.size() < count && !virtual && System.nanoTime() - end < 0);
    return all;
  }

  /**
   * Pulls until this number of tasks came. In real time, waits as long as possible, because a busy
   * machine may redeliver tasks very late.
   */
  public List<Delivery> pullPatiently(int count) throws InterruptedException {
    long patienceMillis = harness.tolerance().isZero() ? 0 : PATIENCE_MILLIS;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    List<Delivery> all = new ArrayList<>();
    try (Puller puller = puller()) {
      do {
        all.addAll(pullNow(puller));
      } while (all.size() < count && System.nanoTime() - end < 0);
    }
    return all;
  }

  public List<Delivery> pullWithin(Puller puller, int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>();
    long end = harness.nowNanos() + harness.tolerance().toNanos();
    do {
      all.addAll(pullNow(puller));
    } while (all.size() < count && harness.nowNanos() < end);
    return all;
  }

  public Duration ticks(int count) {
    return harness.tick().multipliedBy(count);
  }

  /**
   * Lets ticks pass one by one, and measures the real duration of each, including a request to the
   * queue.
   */
  public void standStill(int ticks) {
    for (int i = 0; i < ticks; i++) {
      long start = harness.nowNanos();
      harness.advance(harness.tick());
      partition.stats();
      longestTickNanos = Math.max(longestTickNanos, harness.nowNanos() - start);
    }
  }

  /** Whether a tick took longer than a quarter of a lease. */
  boolean stoodStill() {
    return longestTickNanos > config.lease().toNanos() / 4;
  }

  /**
   * Ends a check of {@link RuleRun#inTime} as too late if this time has passed since the given
   * moment. If it has not, everything so far was observed in time.
   */
  public void requireInTime(long sinceNanos, Duration time) throws Exception {
    Duration passed = Duration.ofNanos(harness.nowNanos() - sinceNanos);
    if (passed.compareTo(time) >= 0) {
      throw new RuleRun.NotCalm(new TimeoutException(passed + " have passed"));
    }
  }

  /** Waits until the first client can be used again after its connection was cut. */
  public void awaitConnected() throws InterruptedException {
    await(
        () -> {
          try {
            return partition.stats().dead() >= 0;
          } catch (QueueUnavailableException notYet) {
            return false;
          }
        });
  }

  /** Stores a task with this id. */
  public void pushOne(String id) {
    partition.push(Task.of(id, "payload of " + id));
  }

  /** Returns the number of unfinished tasks. */
  public long backlog() {
    return partition.stats().backlog();
  }

  /** Waits briefly in real time, so that other threads can act. */
  public void pauseForOthers() throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(OTHERS_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Waits as long as possible for a condition that another thread fulfils. Returns normally even if
   * it does not hold.
   */
  public void await(BooleanSupplier condition) throws InterruptedException {
    boolean virtual = harness.tolerance().isZero();
    long patienceMillis = virtual ? Background.patienceMillis() : PATIENCE_MILLIS;
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    CountDownLatch never = new CountDownLatch(1);
    while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
      boolean unused = never.await(1, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Lets these ticks and the tolerance pass, so that a deadline within these ticks has certainly
   * passed.
   */
  public void advancePast(int ticks) {
    harness.advance(ticks(ticks).plus(harness.tolerance()));
  }

  /** Starts a pull with a long wait, on its own puller. */
  public Background<List<Delivery>> waitingPull(int max) throws InterruptedException {
    return waitingPull(puller(), max, ticks(2_000));
  }

  public Background<List<Delivery>> waitingPull(Puller puller, int max, Duration wait)
      throws InterruptedException {
    return Background.start(() -> puller.pull(max, wait)).awaitBlocked();
  }

  public static List<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::taskId).toList();
  }

  @Override
  public void close() {
    clients.forEach(TaskQueue::close);
  }
}
