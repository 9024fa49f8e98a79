// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.nats.wire.ConnectionMonitor;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A move to several streams whose administrator interrupts it. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class InterruptedMoveTest {

  @Test
  void anInterruptEndsTheMoveAndTheNextRunFinishesIt() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions one = TestQueues.options(server).withQueue(TestQueues.config());
      NatsOptions many = one.withStreams(2);
      try (TaskQueue queue = NatsQueues.connect(one)) {
        Partition partition = queue.partition("held");
        TestQueues.push(partition, 2);
        try (Puller puller = partition.puller()) {
          Delivery held = TestQueues.pull(puller, 1).get(0);
          AtomicReference<Throwable> failure = new AtomicReference<>();
          Thread move =
              new Thread(
                  () -> {
                    try {
                      long moved = NatsQueues.spread(many, Duration.ofHours(1));
                      failure.set(new AssertionError("moved " + moved));
                    } catch (Exception e) {
                      failure.set(e);
                    }
                  });
          move.start();
          TestQueues.await("the move of the other task", () -> partition.stats().backlog() == 1);
          TestQueues.await("its wait for the lease", () -> isPausing(move));
          move.interrupt();
          move.join();
          // An interrupt during an exchange makes it unknown, one between them is an interrupt.
          assertThat(failure.get())
              .satisfiesAnyOf(
                  e -> assertThat(e).isInstanceOf(InterruptedException.class),
                  e -> assertThat(e).hasMessageContaining("interrupted"));
          TestQueues.ack(held);
        }
      }
      assertThat(NatsQueues.spread(many, Duration.ofMinutes(1))).isZero();
      try (TaskQueue queue = NatsQueues.connect(many)) {
        TestQueues.awaitReady(queue.partition("held"), 1);
      }
    }
  }

  private static boolean isPausing(Thread move) {
    return Stream.of(move.getStackTrace())
        .anyMatch(
            call ->
                call.getClassName().equals(ConnectionMonitor.class.getName())
                    && call.getMethodName().equals("pause"));
  }
}
