// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.inmemory.model.PartitionState;
import dev.jetlane.inmemory.time.Timed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Random histories of several pullers: pulls that are served, end, are cancelled or fail, and
 * pullers that lease ahead, are idle or closed. No pull and no task is forgotten.
 */
class RandomPullersTest extends QueueTest {

  private static final int HISTORIES = 150;
  private static final int STEPS = 150;

  /** One history. */
  private final class History {

    final Random random;
    final List<Puller> pullers = new ArrayList<>();
    final List<CompletableFuture<List<Delivery>>> pulls = new ArrayList<>();
    final List<Delivery> held = new ArrayList<>();
    final Set<String> stored = new TreeSet<>();
    boolean connected = true;
    int pushed;
    int failed;

    History(long seed) {
      random = new Random(seed);
      for (int i = 0; i < 3; i++) {
        pullers.add(puller());
      }
    }

    private Puller puller() {
      PullOptions ahead = PullOptions.defaults().withPrefetch(random.nextInt(4));
      return partition.puller(
          random.nextInt(3) == 0 ? ahead.withKeepFor(Duration.ofSeconds(20)) : ahead);
    }

    private Duration some(int seconds) {
      return Duration.ofMillis(1 + random.nextInt(seconds * 1_000));
    }

    void step() {
      try {
        switch (random.nextInt(20)) {
          case 0, 1, 2, 3 -> push();
          case 4, 5, 6, 7 -> {
            Puller by = pullers.get(random.nextInt(3));
            pulls.add(by.pullAsync(1 + random.nextInt(3), some(15)));
          }
          case 8 -> pulls.forEach(pull -> pull.cancel(random.nextBoolean()));
          case 9, 10, 11, 12, 13 -> settle();
          case 14, 15, 16 -> advance(some(7));
          case 17 -> {
            int which = random.nextInt(3);
            pullers.get(which).close();
            pullers.set(which, puller());
          }
          case 18 -> connect(!connected || random.nextInt(3) > 0);
          default -> disturb();
        }
      } catch (TaskQueueException e) {
        failed++;
      }
      for (Iterator<CompletableFuture<List<Delivery>>> all = pulls.iterator(); all.hasNext(); ) {
        CompletableFuture<List<Delivery>> pull = all.next();
        if (pull.isDone()) {
          all.remove();
          if (!pull.isCompletedExceptionally()) {
            held.addAll(pull.join());
          }
        }
      }
    }

    private void push() {
      for (int i = random.nextInt(3); i >= 0; i--) {
        String id = "t" + pushed++;
        partition.push(Task.of(id, "x"));
        stored.add(id);
      }
    }

    private void settle() {
      if (held.isEmpty()) {
        return;
      }
      Delivery delivery = held.get(random.nextInt(held.size()));
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          if (delivery.ack() != Settlement.ALREADY_SETTLED) {
            stored.remove(delivery.taskId());
          }
        }
        case 2 -> delivery.nak();
        case 3 -> delivery.nak(some(10));
        case 4 -> delivery.extend();
        default -> delivery.close();
      }
    }

    private void connect(boolean value) {
      connected = value;
      if (value) {
        server.faults().reconnect();
      } else {
        server.faults().disconnect();
      }
    }

    private void disturb() {
      switch (random.nextInt(4)) {
        case 0 -> server.faults().deleteConsumer("p");
        case 1 -> server.faults().restart();
        case 2 -> server.faults().crash(Duration.ofMillis(500));
        default -> queue.admin().partition("p").pause(some(3));
      }
    }

    /** Ends everything; a later pull then finds every stored task. */
    void end() {
      connect(true);
      pulls.forEach(pull -> pull.cancel(true));
      pullers.forEach(Puller::close);
      held.forEach(Delivery::close);
    }
  }

  private void check(History history, String when) {
    assertThat(server.state().unattended)
        .as("%s: waits without a thread", when)
        .isEqualTo(history.pulls.size());
    assertThat(server.blockedPulls())
        .as("%s: pulls that wait", when)
        .isEqualTo(history.pulls.size());
  }

  @Test
  void noPullAndNoTaskIsForgotten() throws InterruptedException {
    int failed = 0;
    for (long seed = 1; seed <= HISTORIES; seed++) {
      configure(CONFIG.withMaxDeliveries(QueueConfig.UNLIMITED).withMaxOutstanding(8));
      puller.close();
      History history = new History(seed);
      for (int i = 0; i < STEPS; i++) {
        history.step();
        check(history, "seed " + seed + ", step " + i);
      }
      history.end();
      failed += history.failed;
      PartitionState state = server.state().require("p");
      assertThat(state.buffers).as("seed %d: closed pullers", seed).isEmpty();
      assertThat(state.pulls.waiting()).as("seed %d: requests of closed pullers", seed).isZero();
      assertThat(server.state().holders).as("seed %d: closed pullers", seed).isEmpty();
      assertThat(server.state().unattended).as("seed %d: after the end", seed).isZero();
      advance(Duration.ofHours(1)); // A close delays a task that was given back often.
      state.createConsumer();
      assertThat(server.leaks()).as("seed %d", seed).isEmpty();
      assertThat(state.nextEventNanos()).as("seed %d: next event", seed).isEqualTo(Timed.NEVER);
      Set<String> left = new TreeSet<>();
      try (Puller last = partition.puller()) {
        for (List<Delivery> got = last.pull(8, Duration.ZERO);
            !got.isEmpty();
            got = last.pull(8, Duration.ZERO)) {
          for (Delivery delivery : got) {
            assertThat(left.add(delivery.taskId())).as("seed %d: once", seed).isTrue();
            delivery.ack();
          }
        }
      }
      assertThat(left).as("seed %d: tasks that are stored", seed).isEqualTo(history.stored);
      assertThat(partition.stats()).as("seed %d", seed).isEqualTo(new Stats(0, 0, 0));
    }
    assertThat(failed).as("calls that failed").isPositive();
  }
}
