// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One thread that pulls and settles, correctly and incorrectly, and records both. */
final class Worker implements Runnable {

  private static final Duration WAIT = Duration.ofSeconds(2);
  private static final int MAX_BATCH = 20;
  private static final int PREFETCH = 50;
  private static final int ACK_TRIES = 3;

  /** Less than a big payload. */
  private static final int MAX_BYTES = 200_000;

  /** Rates per thousand deliveries. */
  private static final int SLOW = 5;

  private static final int SLOW_AND_RENEWED = 10;
  private static final int GIVEN_BACK = 25;
  private static final int GIVEN_BACK_FOR_LATER = 35;
  private static final int CLOSED = 45;

  private final Partition partition;
  private final History history;
  private final ScheduledExecutorService slowTasks;
  private final Random random;
  private final boolean prefetches;
  private final AtomicInteger unanswered = new AtomicInteger();
  private volatile boolean stopping;

  Worker(Partition partition, History history, ScheduledExecutorService slowTasks, long seed) {
    this.partition = partition;
    this.history = history;
    this.slowTasks = slowTasks;
    random = new Random(seed);
    prefetches = random.nextBoolean();
  }

  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    while (!stopping) {
      try (Puller puller = partition.puller(options())) {
        work(puller);
      } catch (QueueClosedException e) {
        return;
      } catch (TaskQueueException e) {
        report("puller", e);
        if (!rest()) {
          return;
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private PullOptions options() {
    return PullOptions.defaults().withPrefetch(prefetches ? PREFETCH : 0).withMaxBytes(MAX_BYTES);
  }

  /** Returns the number of acks whose future is not complete. */
  int unanswered() {
    return unanswered.get();
  }

  private void work(Puller puller) throws InterruptedException {
    while (!stopping) {
      long since = History.now();
      for (Delivery delivery : puller.pull(1 + random.nextInt(MAX_BATCH), WAIT)) {
        String id = delivery.taskId();
        history.write(
            Event.Kind.GOT,
            id,
            delivery.attempt(),
            prefetches ? since - leases(3) : since,
            ChaosQueues.judge(delivery, partition));
        handle(delivery);
      }
    }
  }

  private void handle(Delivery delivery) {
    int chance = random.nextInt(1_000);
    if (TaskKind.of(delivery.taskId()) == TaskKind.HELD) {
      boolean first = delivery.attempt() % 2 == 1;
      later(first ? () -> giveBack(delivery, delivery::nak) : () -> ack(delivery), TaskKind.HOLD);
    } else if (chance < SLOW) {
      later(() -> ack(delivery), ChaosQueues.LEASE.plusSeconds(1));
    } else if (chance < SLOW_AND_RENEWED) {
      renew(delivery, 3);
    } else if (chance < GIVEN_BACK) {
      giveBack(delivery, delivery::nak);
    } else if (chance < GIVEN_BACK_FOR_LATER) {
      giveBack(delivery, () -> delivery.nak(Duration.ofMillis(200)));
    } else if (chance < CLOSED) {
      giveBack(delivery, delivery::close);
    } else if (random.nextBoolean()) {
      ack(delivery);
    } else {
      ackWithoutWaiting(delivery);
    }
  }

  private void renew(Delivery delivery, int times) {
    later(
        () -> {
          try {
            delivery.extend();
          } catch (TaskQueueException e) {
            report("extend", e);
          }
          history.write(Event.Kind.KEPT, delivery.taskId(), delivery.attempt());
          if (times > 1) {
            renew(delivery, times - 1);
          } else {
            ack(delivery);
          }
        },
        ChaosQueues.LEASE.dividedBy(2));
  }

  private void later(Runnable what, Duration delay) {
    var unused = slowTasks.schedule(what, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void giveBack(Delivery delivery, Runnable how) {
    history.write(Event.Kind.NAK, delivery.taskId(), delivery.attempt());
    try {
      how.run();
    } catch (TaskQueueException e) {
      report("nak", e);
    }
  }

  /** Repeats an ack whose outcome is unknown a few times. */
  private void ack(Delivery delivery) {
    for (int tries = 1; ; tries++) {
      long since = History.now();
      history.write(Event.Kind.ACK, delivery.taskId(), delivery.attempt());
      Event.Outcome outcome;
      try {
        outcome = outcome(delivery.ack());
      } catch (TaskQueueException e) {
        outcome = outcome(e);
      }
      acked(delivery, since, outcome);
      if (outcome != Event.Outcome.UNKNOWN || tries == ACK_TRIES) {
        return;
      }
    }
  }

  private void ackWithoutWaiting(Delivery delivery) {
    long since = History.now();
    history.write(Event.Kind.ACK, delivery.taskId(), delivery.attempt());
    var answered = delivery.ackAsync();
    unanswered.incrementAndGet();
    var unused =
        answered.handle(
            (settlement, error) -> {
              unanswered.decrementAndGet();
              acked(delivery, since, error == null ? outcome(settlement) : outcome(error));
              return null;
            });
  }

  private void acked(Delivery delivery, long since, Event.Outcome outcome) {
    history.write(Event.Kind.ACKED, delivery.taskId(), delivery.attempt(), since, outcome);
  }

  private static Event.Outcome outcome(Settlement settlement) {
    return switch (settlement) {
      case SETTLED -> Event.Outcome.OK;
      case SETTLED_LATE -> Event.Outcome.LATE;
      case ALREADY_SETTLED -> Event.Outcome.ALREADY;
      case OUTCOME_UNKNOWN -> Event.Outcome.UNKNOWN;
    };
  }

  private static Event.Outcome outcome(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    return cause instanceof OutcomeUnknownException ? Event.Outcome.UNKNOWN : Event.Outcome.FAILED;
  }

  private boolean rest() {
    try {
      Pause.millis(100);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static long leases(int count) {
    return count * TimeUnit.NANOSECONDS.toMicros(ChaosQueues.LEASE.toNanos());
  }

  private static void report(String what, TaskQueueException e) {
    System.out.println(History.now() + " " + what + ": " + e);
  }
}
