package dev.jetlane.nats;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.nats.request.Settings;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What the tests against a server share. */
public final class TestQueues {

  /** How long a condition is waited for; where faults are tried it mostly does not come. */
  public static final Duration SOON =
      Duration.ofSeconds(Long.getLong("jetlane.patienceSeconds", 60));

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Longer than a busy machine stands still. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private TestQueues() {}

  /** Options for a stream of its own, in memory. */
  public static NatsOptions options(NatsServer server) {
    String name = "t" + NUMBERS.incrementAndGet() + "-" + Long.toString(System.nanoTime(), 36);
    return NatsOptions.defaults()
        .withUrl(server.url())
        .withStream(name)
        .withSubjectPrefix(name)
        .withRequestTimeout(REQUEST_TIMEOUT)
        .withStorage(NatsOptions.Storage.MEMORY);
  }

  /** What the rooms of the adapter see of these options. */
  public static Settings settings(NatsOptions options) {
    return options.settings();
  }

  public static QueueConfig config() {
    return QueueConfig.defaults().withLease(Duration.ofSeconds(30));
  }

  static List<Task> tasks(int count) {
    return IntStream.range(0, count).mapToObj(i -> Task.of("task-" + i, "payload-" + i)).toList();
  }

  /** As {@link #push}, without payloads. */
  static void pushIds(Partition partition, int count) {
    List<Task> all = tasks(count).stream().map(task -> Task.of(task.id(), "")).toList();
    partition.pushAll(all).requireAllStored();
  }

  public static void push(Partition partition, int count) {
    partition.pushAll(tasks(count)).requireAllStored();
  }

  /** Pulls until so many came, or nothing comes any more. */
  public static List<Delivery> pull(Puller puller, int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>();
    while (all.size() < count) {
      List<Delivery> some = puller.pull(count - all.size(), Duration.ofSeconds(5));
      if (some.isEmpty()) {
        break;
      }
      all.addAll(some);
    }
    return all;
  }

  /** As {@link #pull}, from a server whose consumers may not be back yet. */
  static List<Delivery> pulled(Puller puller, int count) throws InterruptedException {
    long until = System.nanoTime() + SOON.toNanos();
    while (true) {
      try {
        return pull(puller, count);
      } catch (QueueUnavailableException e) {
        if (System.nanoTime() - until > 0) {
          throw e;
        }
      }
    }
  }

  /** A pull of up to ten tasks on another thread; returns once it waits. */
  static CompletableFuture<List<Delivery>> pullInBackground(Puller puller, Duration wait) {
    CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                pull.complete(puller.pull(10, wait));
              } catch (Throwable e) {
                pull.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
    return pull;
  }

  /** Acks until the outcome is known: on a busy machine an answer may take long. */
  static Settlement ack(Delivery delivery) {
    return known(delivery::ack);
  }

  /** Pushes until the outcome is known. */
  static void pushed(Partition partition, Task task) {
    var unused = known(() -> partition.push(task));
  }

  /** Repeats a call until the server answers it in time. */
  static <T> T known(Supplier<T> call) {
    long until = System.nanoTime() + SOON.toNanos();
    while (true) {
      try {
        return call.get();
      } catch (OutcomeUnknownException | QueueUnavailableException e) {
        if (System.nanoTime() - until > 0) {
          throw e;
        }
      }
    }
  }

  public static List<String> ids(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::taskId).toList();
  }

  /** Waits for a condition; fails when it does not come. */
  public static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new AssertionError("never came: " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
