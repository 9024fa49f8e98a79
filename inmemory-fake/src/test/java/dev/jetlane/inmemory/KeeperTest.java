// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Leases that are kept, in virtual time and under faults. */
@Timeout(60)
class KeeperTest {

  private static final Duration LEASE = Duration.ofSeconds(30);

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final TaskQueue queue = server.connect(QueueConfig.defaults().withLease(LEASE));
  private final Partition gpu = queue.partition("gpu");

  private Delivery pullKept(Duration max) throws InterruptedException {
    gpu.push(Task.of("a", "payload"));
    Puller puller = gpu.puller(PullOptions.defaults().withKeepFor(max));
    return puller.pull(1, Duration.ZERO).get(0);
  }

  @Test
  void oneStepOfTheClockHasEachExtensionAtItsInstant() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    clock.advance(Duration.ofSeconds(35));
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(25));
    assertThat(server.events())
        .endsWith("+10s gpu/a: lease extended 3 times, last at +30s, until +60s (attempt 1)");
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void theNextEventIsAnExtension() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    assertThat(clock.advanceToNext()).isTrue();
    assertThat(clock.now()).isEqualTo(ManualClock.DEFAULT_START.plusSeconds(10));
    assertThat(delivery.leaseRemaining()).isEqualTo(LEASE);
  }

  @Test
  void lostAndRefusedExtensionsAreSurvived() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    server.faults().loseNext(Faults.Call.EXTEND);
    server.faults().refuseNext(Faults.Call.EXTEND);
    server.faults().loseNextConfirmation(Faults.Call.EXTEND);
    clock.advance(Duration.ofMinutes(10));
    assertThat(delivery.leaseExpired()).isFalse();
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void anUnconfirmedExtensionDoesNotCount() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    server.faults().loseNextConfirmation(Faults.Call.EXTEND);
    clock.advance(Duration.ofSeconds(10));
    assertThat(delivery.leaseRemaining()).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void aLeaseIsNotKeptAfterACloseThatFailed() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    CompletionStage<Void> lost = delivery.whenLeaseLost();
    server.faults().disconnect();
    delivery.close();
    server.faults().reconnect();
    clock.advance(LEASE);
    try (Puller other = gpu.puller()) {
      assertThat(other.pull(1, Duration.ZERO)).hasSize(1);
    }
    assertThat(lost.toCompletableFuture()).isDone();
  }

  @Test
  void aGiveBackOfUnknownOutcomeReachesTheNextHolderNeitherByACloseNorByKeeping()
      throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    server.faults().loseNextConfirmation(Faults.Call.NAK);
    assertThatThrownBy(delivery::nak).isInstanceOf(OutcomeUnknownException.class);
    try (Puller other = gpu.puller()) {
      Delivery held = other.pull(1, Duration.ZERO).get(0);
      delivery.close();
      assertThat(other.pull(1, Duration.ZERO)).isEmpty();
      clock.advance(LEASE);
      assertThat(held.leaseExpired()).isTrue();
      assertThat(other.pull(1, Duration.ZERO)).hasSize(1);
    }
  }

  @Test
  void aShortDisconnectionKeepsTheLeaseAndALongOneIsReported() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    List<String> told = new ArrayList<>();
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("lost"));
    server.faults().disconnect();
    clock.advance(Duration.ofSeconds(25));
    server.faults().reconnect();
    clock.advance(Duration.ofSeconds(60));
    assertThat(told).isEmpty();
    server.faults().disconnect();
    clock.advance(Duration.ofSeconds(31));
    server.faults().reconnect();
    clock.advance(Duration.ofSeconds(60));
    assertThat(told).containsExactly("lost");
    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED_LATE);
  }

  @Test
  void aHolderThatIsNotifiedOfTheLossMaySettle() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofSeconds(5));
    List<Settlement> settlements = new ArrayList<>();
    var unused = delivery.whenLeaseLost().thenRun(() -> settlements.add(delivery.ack()));
    clock.advance(Duration.ofMinutes(5));
    assertThat(settlements).containsExactly(Settlement.SETTLED_LATE);
    assertThat(server.tasks("gpu")).isEmpty();
  }

  @Test
  void anUnsettledDeliveryWithAKeptLeaseIsALeak() throws InterruptedException {
    pullKept(Duration.ofHours(1));
    clock.advance(Duration.ofMinutes(30));
    assertThat(server.leaks()).anyMatch(line -> line.startsWith("unsettled delivery: gpu/a"));
  }

  @Test
  void onTheSystemClockALossIsReportedToAnIdleHolder() throws Exception {
    InMemoryServer real = InMemoryServer.create();
    QueueConfig config = QueueConfig.defaults().withLease(Duration.ofMillis(100));
    try (TaskQueue client = real.connect(config)) {
      Partition partition = client.partition("p");
      partition.push(Task.of("a", ""));
      Delivery delivery = partition.puller().pull(1, Duration.ZERO).get(0);
      delivery.whenLeaseLost().toCompletableFuture().get(30, TimeUnit.SECONDS);
      assertThat(delivery.leaseExpired()).isTrue();
    }
  }

  @Test
  void aClosedQueueReportsNoLoss() throws InterruptedException {
    Delivery delivery = pullKept(Duration.ofHours(1));
    List<String> told = new ArrayList<>();
    var unused = delivery.whenLeaseLost().thenRun(() -> told.add("lost"));
    queue.close();
    clock.advance(Duration.ofHours(1));
    assertThat(told).isEmpty();
    assertThat(clock.advanceToNext()).isFalse();
  }
}
