// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.ClockShim;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.testing.NotRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A holder is suspended until another worker has its task. A stopped process knows that its lease
 * has ended; a machine whose monotonic clock stood still does not. Repeats the measurement of
 * operating.md.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class SuspendedMachineTest {

  private static final Duration LEASE = Duration.ofSeconds(4);
  private static final Duration WAIT = Duration.ofSeconds(30);

  @TempDir private static Path folder;
  private static ClockShim clocks;

  @AutoClose private static NatsServer server;

  @AutoClose private TaskQueue queue;
  @AutoClose private Puller puller;
  @AutoClose private SuspendedProcess holder;

  /** The rest of the holder's lease before the suspension. */
  private long restMillis;

  @BeforeAll
  static void start() {
    var compiled = ClockShim.compile(folder);
    if (compiled.isEmpty()) {
      NotRun.report("SuspendedMachineTest needs gcc and the headers of its library");
    }
    assumeTrue(compiled.isPresent(), "no gcc");
    clocks = compiled.get();
    server = NatsServer.start();
  }

  @Test
  void aStoppedProcessKnowsThatItsLeaseHasEnded() throws Exception {
    Delivery next = nextHolder(false);
    assertThat(holder.ask("nak")).isEqualTo("LeaseExpiredException");
    assertThat(holder.ask("extend")).isEqualTo("LeaseExpiredException");
    assertThat(next.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void afterAClockThatStoodStillANakTakesTheTaskFromItsNextHolder() throws Exception {
    Delivery next = nextHolder(true);
    assertThat(holder.ask("nak")).isEqualTo("SETTLED");
    Delivery taken = puller.pull(1, WAIT).get(0);
    assertThat(taken.attempt()).isEqualTo(3);
    assertThat(next.leaseRemaining()).as("the lease of the next holder").isPositive();
    System.out.println(
        "attempt 3 came while attempt 2 had a lease of "
            + next.leaseRemaining().toMillis()
            + " ms");
    assertThat(taken.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void afterAClockThatStoodStillAnExtensionAndAnAckCountAsInTime() throws Exception {
    Delivery next = nextHolder(true);
    assertThat(holder.ask("extend")).isEqualTo("extended true");
    assertThat(holder.ask("ack")).isEqualTo("SETTLED");
    assertThat(next.leaseExpired()).isFalse();
    assertThat(queue.partition("p").stats().outstanding()).isZero();
  }

  /** The limit is the rest of the lease at the suspension of the machine. */
  @Test
  void theLeaseIsWrongForNoLongerThanItsRestAtTheSuspension() throws Exception {
    holder.stop();
    Delivery next = puller.pull(1, WAIT).get(0);
    Duration stopped = holder.resume(true);
    long leftMillis = Long.parseLong(holder.ask("left"));
    System.out.println(
        "suspended for "
            + stopped.toMillis()
            + " ms, left before: "
            + restMillis
            + " ms, left after: "
            + leftMillis
            + " ms");
    assertThat(leftMillis).isBetween(1L, restMillis);
    TestQueues.await("the end of the lease", () -> askedMillis() == 0);
    assertThat(holder.ask("nak")).isEqualTo("LeaseExpiredException");
    next.ack();
  }

  private long askedMillis() {
    try {
      return Long.parseLong(holder.ask("left"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The holder receives the only task. */
  @BeforeEach
  void hold() throws Exception {
    NatsOptions options =
        TestQueues.options(server).withQueue(TestQueues.config().withLease(LEASE));
    queue = NatsQueues.connect(options);
    puller = queue.partition("p").puller();
    queue.partition("p").push(Task.of("t", ""));
    holder = new SuspendedProcess(clocks, folder, options, server.url(), LEASE);
    assertThat(holder.line()).isEqualTo("attempt 1");
    restMillis = Long.parseLong(holder.ask("left"));
  }

  /** Suspends the holder until another worker has the task. */
  private Delivery nextHolder(boolean clockStandsStill) throws Exception {
    holder.stop();
    Delivery next = puller.pull(1, WAIT).get(0);
    assertThat(next.attempt()).isEqualTo(2);
    holder.resume(clockStandsStill);
    return next;
  }
}
