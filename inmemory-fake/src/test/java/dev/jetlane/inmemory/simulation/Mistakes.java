// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The classic mistakes in workers. Each method describes a history with a mistake or, if {@code
 * mended}, its correct version.
 */
final class Mistakes {

  private static final WorkerOptions ONE = WorkerOptions.concurrency(1);

  private Mistakes() {}

  private static void push(Simulation sim, String partition, int most) {
    Partition target = sim.queue().partition(partition);
    int tasks = sim.upTo(most);
    for (int i = 1; i <= tasks; i++) {
      target.push(Task.of("t" + i, "30"));
    }
  }

  /** Acks before the work: a crash in between loses the work. */
  static void acksBeforeTheWork(Simulation sim, boolean mended) {
    Set<String> sent = new HashSet<>();
    push(sim, "mails", 2);
    sim.process(
        "mailer",
        queue -> {
          try (Puller puller = queue.partition("mails").puller()) {
            while (true) {
              for (Delivery mail : puller.pull(1, Duration.ofMinutes(1))) {
                if (!mended) {
                  mail.ack();
                }
                sim.point("before sending");
                sent.add(mail.taskId());
                if (mended) {
                  mail.ack();
                }
              }
            }
          }
        });
    sim.atEnd("every mail is sent", () -> sent.contains("t1"));
  }

  /** Charges a card at each delivery: a crash before the ack charges it twice. */
  static void isNotIdempotent(Simulation sim, boolean mended) {
    Map<String, Integer> charges = new HashMap<>();
    push(sim, "orders", 2);
    sim.process(
        "shop",
        queue ->
            queue
                .partition("orders")
                .work(
                    order -> {
                      if (mended) {
                        charges.putIfAbsent(order.taskId(), 1); // the id is the idempotency key
                      } else {
                        charges.merge(order.taskId(), 1, Integer::sum);
                      }
                      sim.point("charged");
                    },
                    ONE));
    sim.always("no card is charged twice", () -> charges.values().stream().allMatch(n -> n == 1));
  }

  /**
   * Writes a value that it read before it lost its lease, and so overwrites the work of the next
   * holder.
   */
  static void ignoresALostLease(Simulation sim, boolean mended) {
    int[] stock = {10};
    Set<String> booked = new HashSet<>();
    push(sim, "bookings", 2);
    for (int i = 1; i <= 2; i++) {
      sim.process(
          "clerk-" + i,
          queue ->
              queue
                  .partition("bookings")
                  .work(
                      booking -> {
                        boolean done = false;
                        while (!done) {
                          int read = stock[0];
                          boolean known = booked.contains(booking.taskId());
                          sim.point("read " + read);
                          // As in a database: "update ... where stock = read".
                          if (!mended || (stock[0] == read && !booked.contains(booking.taskId()))) {
                            stock[0] = known ? read : read - 1;
                            booked.add(booking.taskId());
                            done = true;
                          }
                          done |= booked.contains(booking.taskId());
                        }
                      },
                      ONE));
    }
    sim.atEnd("the stock fits the bookings", () -> stock[0] == 10 - booked.size());
  }

  /** Assumes on the second attempt that the first one did its part of the work. */
  static void keepsStateByAttempt(Simulation sim, boolean mended) {
    Set<String> accounts = new HashSet<>();
    Set<String> welcomed = new HashSet<>();
    push(sim, "signups", 2);
    sim.process(
        "signup",
        queue ->
            queue
                .partition("signups")
                .work(
                    signup -> {
                      if (mended || signup.attempt() == 1) {
                        sim.point("before the account");
                        accounts.add(signup.taskId());
                      }
                      welcomed.add(signup.taskId());
                    },
                    ONE));
    sim.atEnd("who is welcomed has an account", () -> accounts.containsAll(welcomed));
  }

  /** Swallows the interrupt of a drain, and sends an incomplete result. */
  static void swallowsAnInterrupt(Simulation sim, boolean mended) {
    Map<String, Integer> sent = new HashMap<>();
    push(sim, "exports", 2);
    sim.process(
        "exporter",
        queue -> {
          Worker worker =
              queue
                  .partition("exports")
                  .work(
                      export -> {
                        int pages = 0;
                        for (int page = 1; page <= 3; page++) {
                          try {
                            sim.sleep(Duration.ofSeconds(1));
                            pages++;
                          } catch (InterruptedException e) {
                            if (mended) {
                              throw e;
                            }
                          }
                        }
                        sent.put(export.taskId(), pages);
                      },
                      ONE);
          sim.sleep(Duration.ofSeconds(sim.upTo(4)));
          worker.drain(Duration.ofSeconds(1));
          Worker next = queue.partition("exports").work(export -> {}, ONE);
          sim.point("deployed " + next);
        });
    sim.always("an export has three pages", () -> sent.values().stream().allMatch(n -> n == 3));
  }

  /** Retries what can never work. */
  static void retriesAPermanentFailure(Simulation sim, boolean mended) {
    int[] asked = {0};
    push(sim, "imports", 1);
    RetryPolicy patient = RetryPolicy.fixed(Duration.ofSeconds(5));
    sim.process(
        "importer",
        queue ->
            queue
                .partition("imports")
                .work(
                    file -> {
                      asked[0]++;
                      throw new IllegalArgumentException("no such format");
                    },
                    ONE.withRetryPolicy(
                        mended
                            ? patient.givingUpOn(IllegalArgumentException.class::isInstance)
                            : patient)));
    sim.always("a broken file is not read repeatedly", () -> asked[0] <= 4);
  }

  /** Acks a task in one queue before it is stored in the next one. */
  static void losesATaskInAHandOff(Simulation sim, boolean mended) {
    push(sim, "raw", 2);
    Set<String> published = new HashSet<>();
    sim.process(
        "cutter",
        queue -> {
          Partition cut = queue.partition("cut");
          try (Puller puller = queue.partition("raw").puller()) {
            while (true) {
              for (Delivery film : puller.pull(1, Duration.ofMinutes(1))) {
                if (mended) {
                  cut.push(Task.of(film.taskId(), film.payload()));
                  film.ack();
                } else {
                  film.ack();
                  cut.push(Task.of(film.taskId(), film.payload()));
                }
              }
            }
          }
        });
    sim.process(
        "publisher",
        queue -> queue.partition("cut").work(film -> published.add(film.taskId()), ONE));
    sim.atEnd("every film is published", () -> published.contains("t1"));
  }

  /** Remembers the finished tasks only in memory, which a crash loses. */
  static void deduplicatesInMemory(Simulation sim, boolean mended) {
    Map<String, Integer> letters = new HashMap<>();
    Set<String> ofTheBank = new HashSet<>();
    push(sim, "letters", 2);
    sim.process(
        "printer",
        queue -> {
          Set<String> seen = mended ? ofTheBank : new HashSet<>();
          queue
              .partition("letters")
              .work(
                  letter -> {
                    if (seen.add(letter.taskId())) {
                      letters.merge(letter.taskId(), 1, Integer::sum);
                    }
                    sim.point("printed");
                  },
                  ONE);
        });
    sim.always("no letter is printed twice", () -> letters.values().stream().allMatch(n -> n == 1));
  }

  /**
   * Applies changes in the order of delivery: an older one may be redelivered after a newer one.
   */
  static void assumesOrder(Simulation sim, boolean mended) {
    int[] state = {0};
    Partition changes = sim.queue().partition("changes");
    for (int version = 1; version <= 2; version++) {
      changes.push(Task.of("change-" + version, Integer.toString(version)));
    }
    sim.process(
        "replica",
        queue ->
            queue
                .partition("changes")
                .work(
                    change -> {
                      int version =
                          Integer.parseInt(new String(change.payload(), StandardCharsets.UTF_8));
                      if (!mended || version > state[0]) {
                        state[0] = version;
                      }
                      sim.point("at version " + version);
                    },
                    ONE));
    sim.atEnd("the replica has the newest version", () -> state[0] == 2);
  }

  /** Treats an unconfirmed push as failed, and pushes a second order. */
  static void actsOnAMissingConfirmation(Simulation sim, boolean mended) {
    Set<String> orders = new HashSet<>();
    sim.process("web", queue -> buy(queue.partition("orders"), sim, mended));
    sim.process(
        "shop", queue -> queue.partition("orders").work(order -> orders.add(order.taskId()), ONE));
    sim.faults().without(SimulationFaults.Kind.CRASH);
    sim.always("one purchase is one order", () -> orders.size() <= 1);
  }

  private static void buy(Partition orders, Simulation sim, boolean mended) throws Exception {
    for (int attempt = 1; ; attempt++) {
      try {
        orders.push(Task.of(mended ? "cart-7" : "cart-7-" + attempt, "30 EUR"));
        return;
      } catch (OutcomeUnknownException e) {
        sim.sleep(Duration.ofSeconds(1));
      } catch (QueueUnavailableException e) {
        sim.sleep(Duration.ofSeconds(1));
        attempt--; // Nothing was stored.
      }
    }
  }

  /** Drops tasks that are too old by a wall clock, which can jump. */
  static void trustsTheWallClock(Simulation sim, boolean mended) {
    Set<String> done = new HashSet<>();
    Instant pushedAt = sim.clock().instant();
    push(sim, "jobs", 2);
    sim.process(
        "runner",
        queue ->
            queue
                .partition("jobs")
                .work(
                    job -> {
                      sim.point("looks at the clock");
                      Instant now = sim.clock().instant();
                      if (!mended && now.isAfter(pushedAt.plus(Duration.ofMinutes(30)))) {
                        return; // "expired"
                      }
                      done.add(job.taskId());
                    },
                    ONE));
    sim.atEnd("every job is done", () -> done.contains("t1"));
  }

  /**
   * Holds a task in memory until its due time. In kombu issue 337, the Redis transport delivers a
   * task with an ETA beyond the visibility timeout to one worker after the other, and each of them
   * runs it.
   */
  static void holdsATaskUntilItsTime(Simulation sim, boolean mended) {
    Map<String, Integer> runs = new HashMap<>();
    Partition jobs = sim.queue().partition("jobs");
    Duration eta = Duration.ofSeconds(sim.upTo(3) * 20L);
    jobs.push(mended ? Task.of("eta", "run").withDelay(eta) : Task.of("eta", "run"));
    for (int i = 1; i <= 2; i++) {
      sim.process("celery-" + i, queue -> runLater(queue, sim, runs, mended ? Duration.ZERO : eta));
    }
    sim.faults().none();
    sim.always("a job runs once", () -> runs.values().stream().allMatch(n -> n == 1));
  }

  private static void runLater(
      TaskQueue queue, Simulation sim, Map<String, Integer> runs, Duration eta) throws Exception {
    try (Puller puller = queue.partition("jobs").puller()) {
      while (true) {
        for (Delivery job : puller.pull(1, Duration.ofMinutes(1))) {
          String id = job.taskId();
          sim.actor(
              "timer",
              () -> {
                sim.sleep(eta);
                runs.merge(id, 1, Integer::sum);
                job.ack();
              });
        }
      }
    }
  }
}
