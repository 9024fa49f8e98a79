package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** A queue with one partition, for the rules that are code and not plans. */
final class Scene implements AutoCloseable {

  private static final int SEVERAL = 100;

  final Harness harness;
  final QueueConfig config;
  final TaskQueue queue;
  final Partition partition;
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

  /** Another client of the same storage, closed with this scene. */
  TaskQueue client() {
    TaskQueue client = harness.open(config);
    clients.add(client);
    return client;
  }

  void push(int count) {
    for (int i = 0; i < count; i++) {
      partition.push(Task.of("task-" + i, "payload " + i));
    }
    stats(s -> s.ready() >= count);
  }

  Stats stats(Predicate<Stats> expected) {
    return stats(partition, expected);
  }

  /**
   * The statistics once they are as expected, or as they are when the tolerance is over: they may
   * lag behind.
   */
  Stats stats(Partition counted, Predicate<Stats> expected) {
    long end = harness.nowNanos() + harness.tolerance().toNanos();
    Stats stats = counted.stats();
    while (!expected.test(stats) && harness.nowNanos() < end) {
      stats = counted.stats();
    }
    return stats;
  }

  List<Delivery> pullNow(Puller puller) throws InterruptedException {
    return puller.pull(SEVERAL, Duration.ZERO);
  }

  /** Opens a puller that pulls as the harness wants it. */
  Puller puller(Partition pulled) {
    return pulled.puller(harness.pulling());
  }

  Puller puller() {
    return puller(partition);
  }

  /** What a fresh puller gets at once. */
  List<Delivery> pullNow() throws InterruptedException {
    try (Puller puller = puller()) {
      return pullNow(puller);
    }
  }

  /** Pulls until so many tasks came or the tolerance is over. */
  List<Delivery> pullWithin(int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>();
    long end = harness.nowNanos() + harness.tolerance().toNanos();
    try (Puller puller = puller()) {
      do {
        all.addAll(pullNow(puller));
      } while (all.size() < count && harness.nowNanos() < end);
    }
    return all;
  }

  Duration ticks(int count) {
    return harness.tick().multipliedBy(count);
  }

  /** Lets a deadline that is so many ticks away pass for sure. */
  void advancePast(int ticks) {
    harness.advance(ticks(ticks).plus(harness.tolerance()));
  }

  /** A pull that waits as good as for ever, on a puller of its own. */
  Background<List<Delivery>> waitingPull(int max) throws InterruptedException {
    return waitingPull(puller(), max, ticks(2_000));
  }

  Background<List<Delivery>> waitingPull(Puller puller, int max, Duration wait)
      throws InterruptedException {
    return Background.start(() -> puller.pull(max, wait)).awaitBlocked();
  }

  static List<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::taskId).toList();
  }

  @Override
  public void close() {
    clients.forEach(TaskQueue::close);
  }
}
