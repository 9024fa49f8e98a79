// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Settings;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** Helpers of the tests against a server. */
public final class TestQueues {

  /** The maximum wait for a condition. Tests of faults usually reach it. */
  public static final Duration SOON =
      Duration.ofSeconds(Long.getLong("jetlane.patienceSeconds", 60));

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Longer than a busy machine stands still; the default of 5 seconds is not. */
  public static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  /** The maximum wait between two available tasks. */
  private static final Duration LONGEST_GAP = Duration.ofSeconds(15);

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private TestQueues() {}

  /** Options for a memory stream of its own. */
  public static NatsOptions options(NatsServer server) {
    String name = "t" + NUMBERS.incrementAndGet() + "-" + Long.toString(System.nanoTime(), 36);
    return NatsOptions.defaults()
        .withUrl(server.url())
        .withStream(name)
        .withSubjectPrefix(name)
        .withRequestTimeout(REQUEST_TIMEOUT)
        .withStorage(NatsOptions.Storage.MEMORY);
  }

  /** The internal settings of these options. */
  public static Settings settings(NatsOptions options) {
    return options.settings();
  }

  /** The same settings with another dialect. */
  public static Settings withDialect(Settings own, Dialect dialect) {
    return new Settings(
        own.layout(),
        own.queue(),
        own.requestTimeout(),
        own.inboxPrefix(),
        own.maxInFlight(),
        dialect);
  }

  /** The terms of provisioning of these options. */
  public static ProvisioningTerms terms(NatsOptions options) {
    return options.provisioningTerms();
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
    pushAll(partition, all);
  }

  public static void push(Partition partition, int count) {
    pushAll(partition, tasks(count));
  }

  /** As {@link #pushed}, waits until the outcome of each is known. */
  private static void pushAll(Partition partition, List<Task> tasks) {
    var unused =
        known(
            () -> {
              partition.pushAll(tasks).requireAllStored();
              return tasks;
            });
  }

  /** Pulls until this number of tasks arrived, or no more arrive. */
  public static List<Delivery> pull(Puller puller, int count) throws InterruptedException {
    List<Delivery> all = new ArrayList<>();
    while (all.size() < count) {
      List<Delivery> some = puller.pull(count - all.size(), LONGEST_GAP);
      if (some.isEmpty()) {
        break;
      }
      all.addAll(some);
    }
    return all;
  }

  /** As {@link #pull}, from a server that may still restore its consumers. */
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

  /** Starts a pull of up to ten tasks on another thread; returns when it waits. */
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

  /** Acks until the outcome is known; on a busy machine an answer may take long. */
  static Settlement ack(Delivery delivery) {
    return known(delivery::ack);
  }

  /** Pushes until the outcome is known. */
  static void pushed(Partition partition, Task task) {
    var unused = known(() -> partition.push(task));
  }

  /**
   * Opens a partition until the server has created its streams, which takes long on a busy machine.
   */
  static Partition opened(TaskQueue queue, String partition) {
    return known(() -> queue.partition(partition));
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

  /**
   * Waits until a partition has these counts. Two requests count the stored and the outstanding
   * tasks.
   */
  public static void awaitStats(Partition partition, Stats expected) {
    holds(() -> assertThat(partition.stats()).isEqualTo(expected));
  }

  /** As {@link #awaitStats}, for the ready tasks. */
  public static void awaitReady(Partition partition, long expected) {
    holds(() -> assertThat(partition.stats().ready()).isEqualTo(expected));
  }

  /** Repeats an assertion until it holds; fails with its error after the time. */
  static void holds(Runnable assertion) {
    long until = System.nanoTime() + SOON.toNanos();
    while (true) {
      try {
        assertion.run();
        return;
      } catch (AssertionError notYet) {
        if (System.nanoTime() - until > 0) {
          throw notYet;
        }
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /**
   * Waits until pulls see this number of tasks. A confirmed push is counted immediately, but
   * consumers notice it shortly after (nats-server 2.10 to 2.15): an earlier pull finds fewer
   * tasks, or one of a lower priority.
   */
  static void awaitVisible(NatsServer server, NatsOptions options, String partition, long tasks)
      throws Exception {
    try (Connection nc = Jnats.connect(server.url())) {
      awaitVisible(nc, options.layout().address(partition).stream, partition, tasks);
    }
  }

  /** As the other method, over a connection to the account of the stream. */
  static void awaitVisible(Connection nc, String stream, String partition, long tasks)
      throws Exception {
    awaitCount("visible tasks", nc, stream, partition, ConsumerInfo::getNumPending, tasks);
  }

  /**
   * Waits until the server holds no pull request. A leaf node withdraws requests shortly after the
   * call (docs/places.md); a task that is pushed before that is lost until its lease ends.
   */
  static void awaitNoRequest(Connection nc, String stream, String partition) throws Exception {
    awaitCount("requests", nc, stream, partition, ConsumerInfo::getNumWaiting, 0);
  }

  private static void awaitCount(
      String what,
      Connection nc,
      String stream,
      String partition,
      ToLongFunction<ConsumerInfo> count,
      long expected)
      throws Exception {
    JetStreamManagement management = nc.jetStreamManagement();
    long until = System.nanoTime() + SOON.toNanos();
    long seen = -1;
    while (seen != expected) {
      if (System.nanoTime() - until > 0) {
        throw new AssertionError(what + ": " + seen + ", not " + expected);
      }
      seen =
          management.getConsumers(stream).stream()
              .filter(each -> each.getName().matches(Pattern.quote(partition) + "(@\\d+)?"))
              .mapToLong(count)
              .sum();
    }
  }

  /** Waits for a condition; fails after the time. */
  public static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - until > 0) {
        throw new AssertionError("condition not met: " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Returns the number of reports of a missing stream or consumer, from now on. */
  public static AtomicInteger missed(ConnectionMonitor monitor) {
    AtomicInteger missed = new AtomicInteger();
    monitor.observe(
        new ConnectionMonitor.Observer() {
          @Override
          public void missed() {
            missed.incrementAndGet();
          }
        });
    return missed;
  }
}
