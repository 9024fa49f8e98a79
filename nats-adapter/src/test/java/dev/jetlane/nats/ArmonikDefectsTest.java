// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueFullException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.pull.NatsLease;
import dev.jetlane.nats.pull.Pullers;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The defects D1 to D19 of ArmoniK's NATS adapter, listed in the adapter's guide, as far as no
 * other test covers them.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class ArmonikDefectsTest {

  private static final Duration WAIT = Duration.ofSeconds(20);

  @AutoClose private final NatsServer server = NatsServer.start();

  private NatsOptions options() {
    return NatsOptions.armonik()
        .withUrl(server.url())
        .withStorage(NatsOptions.Storage.MEMORY)
        .withRequestTimeout(TestQueues.REQUEST_TIMEOUT);
  }

  private static Task task(String id) {
    return Task.of(id, "");
  }

  /** The peer repeats a whole batch under new message ids if one push fails. */
  @Test
  void d01RepeatedPushesStoreNothingTwice() {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      List<Task> batch = List.of(task("a"), task("b"), task("c"));
      gpu.pushAll(batch.subList(0, 2)).requireAllStored();
      for (Task each : batch) {
        assertThat(gpu.push(each).duplicate()).isEqualTo(!each.id().equals("c"));
      }
      TestQueues.awaitStats(gpu, new Stats(3, 0, 0));
    }
  }

  /** The peer ignores the acknowledgement of a push, so a full stream loses tasks. */
  @Test
  void d02AFullPartitionIsAnError() {
    QueueConfig small = options().queue().withMaxTasks(2);
    try (TaskQueue queue = NatsQueues.connect(options().withQueue(small))) {
      Partition gpu = queue.partition("gpu");
      gpu.pushAll(List.of(task("a"), task("b"))).requireAllStored();
      assertThatThrownBy(() -> gpu.push(task("c"))).isInstanceOf(QueueFullException.class);
      TestQueues.awaitReady(gpu, 2);
    }
  }

  /**
   * The peer takes a cancelled push for a missing subject: it edits the stream and publishes again.
   */
  @Test
  void d03AnInterruptedPushIsReportedAndNotRepeated() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options());
        ForeignAdapter peer = new ForeignAdapter(server.url())) {
      Partition gpu = queue.partition("gpu");
      boolean kept;
      server.pause(); // So the confirmation cannot arrive before the interrupt.
      try {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> gpu.push(task("a"))).isInstanceOf(OutcomeUnknownException.class);
      } finally {
        kept = Thread.interrupted(); // Resuming the server waits, too.
        server.resume();
      }
      assertThat(kept).isTrue();
      gpu.push(task("a"));
      TestQueues.awaitReady(gpu, 1);
      assertThat(peer.subjects()).containsExactly("gpu");
    }
  }

  /** The peer's pull does not add the subject to an existing stream. */
  @Test
  void d05AWorkerMayComeBeforeTheFirstProducer() throws Exception {
    try (ForeignAdapter peer = new ForeignAdapter(server.url());
        TaskQueue queue = NatsQueues.connect(options())) {
      peer.push("first", List.of("x"));
      try (Puller puller = queue.partition("second").puller()) {
        assertThat(peer.subjects()).containsExactlyInAnyOrder("first", "second");
        peer.pushBare("second", "y");
        assertThat(TestQueues.ids(puller.pull(1, WAIT))).containsExactly("y");
      }
    }
  }

  /** The peer requests stream and consumer at each pull. */
  @Test
  void d06APullAsksForNothingElse() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options());
        Connection nc = Jnats.connect(server.url())) {
      Partition gpu = queue.partition("gpu");
      TestQueues.pushIds(gpu, 100);
      try (Puller puller = gpu.puller()) {
        long before = requests(nc);
        for (int i = 0; i < 100; i++) {
          puller.pull(1, WAIT).get(0).ack();
        }
        // The two calls of this test are requests too.
        assertThat(requests(nc) - before).isLessThanOrEqualTo(2);
      }
    }
  }

  private static long requests(Connection nc) throws Exception {
    return nc.jetStreamManagement().getAccountStatistics().getApi().getTotalApiRequests();
  }

  /**
   * In the peer, tasks that a caller fetched and did not handle stay leased until the lease ends.
   */
  @Test
  void d07FetchedTasksThatAreNotHandedOutAreGivenBackImmediately() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      TestQueues.pushIds(gpu, 10);
      try (Puller first = gpu.puller(PullOptions.defaults().withPrefetch(10))) {
        first.pull(1, WAIT).get(0).ack();
      }
      try (Puller second = gpu.puller()) {
        assertThat(TestQueues.pull(second, 9)).hasSize(9);
      }
      try (Puller waiting = gpu.puller()) {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> waiting.pull(1, WAIT)).isInstanceOf(InterruptedException.class);
      }
    }
  }

  /** In the peer, one failed extension ends all extensions and prevents the ack. */
  @Test
  void d09AnAckWorksAfterAnExtensionThatFailed() throws Exception {
    NatsOptions hasty = options().withRequestTimeout(Duration.ofSeconds(1));
    try (TaskQueue queue = NatsQueues.connect(hasty)) {
      Partition gpu = TestQueues.known(() -> queue.partition("gpu"));
      TestQueues.pushed(gpu, task("a"));
      try (Puller puller = gpu.puller()) {
        Delivery delivery = puller.pull(1, WAIT).get(0);
        server.pause();
        try {
          assertThatThrownBy(delivery::extend).isInstanceOf(TaskQueueException.class);
        } finally {
          server.resume();
        }
        TestQueues.await("an extension", () -> extended(delivery));
        TestQueues.await("an ack", () -> acked(delivery));
        assertThat(delivery.ack()).isEqualTo(Settlement.ALREADY_SETTLED);
        assertThat(gpu.stats().backlog()).isZero();
      }
    }
  }

  private static boolean extended(Delivery delivery) {
    try {
      return delivery.extend();
    } catch (TaskQueueException e) {
      return false;
    }
  }

  private static boolean acked(Delivery delivery) {
    try {
      delivery.ack();
      return true;
    } catch (TaskQueueException e) {
      return false;
    }
  }

  /**
   * The peer sends an ack and does not check whether it arrived. A client that creates streams
   * would create this one again and repeat the ack, and the new consumer of a server before 2.10.26
   * would confirm it.
   */
  @Test
  void d11AnAckThatReachedNoServerIsAnError() throws Exception {
    NatsOptions hasty =
        options()
            .withRequestTimeout(Duration.ofSeconds(2))
            .withProvisioning(NatsOptions.Provisioning.VERIFY);
    try (TaskQueue creator = NatsQueues.connect(options());
        TaskQueue queue = NatsQueues.connect(hasty);
        Connection nc = Jnats.connect(server.url())) {
      creator.partition("gpu");
      Partition gpu = TestQueues.known(() -> queue.partition("gpu"));
      TestQueues.pushed(gpu, task("a"));
      try (Puller puller = gpu.puller()) {
        Delivery delivery = puller.pull(1, WAIT).get(0);
        nc.jetStreamManagement().deleteStream(ForeignAdapter.STREAM);
        assertThatThrownBy(delivery::ack).isInstanceOf(TaskQueueException.class);
      }
    }
  }

  /** The peer uses the server's defaults for the limits of deliveries and outstanding tasks. */
  @Test
  void d12DeliveriesAndOutstandingTasksHaveLimits() throws Exception {
    QueueConfig config = options().queue().withMaxDeliveries(2);
    try (TaskQueue queue = NatsQueues.connect(options().withQueue(config));
        Connection nc = Jnats.connect(server.url())) {
      Partition gpu = queue.partition("gpu");
      ConsumerConfiguration consumer =
          nc.jetStreamManagement()
              .getConsumerInfo(ForeignAdapter.STREAM, "gpu")
              .getConsumerConfiguration();
      assertThat(consumer.getMaxAckPending()).isEqualTo(10_000);
      gpu.push(task("poison"));
      try (Puller puller = gpu.puller()) {
        puller.pull(1, WAIT).get(0).nak();
        puller.pull(1, WAIT).get(0).nak();
        TestQueues.await("a dead letter", () -> pullsNothing(puller) && gpu.stats().dead() == 1);
      }
    }
  }

  private static boolean pullsNothing(Puller puller) {
    try {
      return puller.pull(1, Duration.ofMillis(100)).isEmpty();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The peer gives back without a delay, and does not report the number of deliveries. */
  @Test
  void d13ATaskIsGivenBackForLaterAndCountsItsAttempts() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options())) {
      Partition gpu = queue.partition("gpu");
      TestQueues.pushIds(gpu, 2);
      try (Puller puller = gpu.puller()) {
        Delivery first = puller.pull(1, WAIT).get(0);
        long began = System.nanoTime();
        first.nak(Duration.ofSeconds(1));
        List<Delivery> both = TestQueues.pull(puller, 2);
        assertThat(System.nanoTime() - began).isGreaterThan(990_000_000L);
        assertThat(both)
            .extracting(each -> each.taskId() + " " + each.attempt())
            .containsExactlyInAnyOrder("task-0 2", "task-1 1");
      }
    }
  }

  /** The peer does not check the partition id. */
  @Test
  void d15ANameThatIsNoSubjectIsRefused() throws Exception {
    try (TaskQueue queue = NatsQueues.connect(options());
        ForeignAdapter peer = new ForeignAdapter(server.url())) {
      queue.partition("good");
      for (String bad : List.of("a.b", "*", ">", "a b", "", "a\r\nPUB x 0")) {
        assertThatThrownBy(() -> queue.partition(bad)).isInstanceOf(InvalidInputException.class);
      }
      assertThat(peer.subjects()).containsExactly("good");
    }
  }

  /** The peer neither applies nor notices another lease. */
  @Test
  void d16AnotherLeaseIsNoticedOrApplied() throws Exception {
    try (ForeignAdapter peer = new ForeignAdapter(server.url());
        Connection nc = Jnats.connect(server.url())) {
      peer.pull("gpu", 1, Duration.ofMillis(50));
      NatsOptions hour =
          options()
              .withStorage(NatsOptions.Storage.FILE)
              .withQueue(options().queue().withLease(Duration.ofHours(1)));
      try (TaskQueue fails =
          NatsQueues.connect(hour.withDriftPolicy(NatsOptions.DriftPolicy.FAIL))) {
        assertThatThrownBy(() -> fails.partition("gpu")).isInstanceOf(ConfigDriftException.class);
      }
      peer.push("gpu", List.of("a"));
      try (TaskQueue accepts = NatsQueues.connect(hour);
          Puller puller = accepts.partition("gpu").puller()) {
        Delivery delivery = puller.pull(1, WAIT).get(0);
        assertThat(delivery.leaseRemaining()).isLessThanOrEqualTo(ForeignAdapter.ACK_WAIT);
        delivery.nak();
      }
      try (TaskQueue updates =
          NatsQueues.connect(hour.withDriftPolicy(NatsOptions.DriftPolicy.UPDATE))) {
        updates.partition("gpu");
      }
      assertThat(
              nc.jetStreamManagement()
                  .getConsumerInfo(ForeignAdapter.STREAM, "gpu")
                  .getConsumerConfiguration()
                  .getAckWait())
          .isEqualTo(Duration.ofHours(1));
    }
  }

  /** The peer has no option for storage, replicas and limits. */
  @Test
  void d18TheStreamFollowsTheOptions() throws Exception {
    QueueConfig config = options().queue().withMaxTasks(7).withDedupWindow(Duration.ofSeconds(30));
    try (TaskQueue queue = NatsQueues.connect(options().withQueue(config));
        Connection nc = Jnats.connect(server.url())) {
      queue.partition("gpu");
      StreamConfiguration stream =
          nc.jetStreamManagement().getStreamInfo(ForeignAdapter.STREAM).getConfiguration();
      assertThat(stream.getStorageType()).isEqualTo(io.nats.client.api.StorageType.Memory);
      assertThat(stream.getMaxMsgsPerSubject()).isEqualTo(7);
      assertThat(stream.isDiscardNewPerSubject()).isTrue();
      assertThat(stream.getDuplicateWindow()).isEqualTo(Duration.ofSeconds(30));
      assertThat(stream.getReplicas()).isEqualTo(1);
    }
  }

  /** The peer waits for the network in a finalizer. */
  @Test
  void d19NothingIsSettledByTheGarbageCollector() {
    assertThat(
            Stream.of(NatsLease.class, Pullers.class, NatsDriver.class)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods())))
        .noneMatch(method -> method.getName().equals("finalize"));
  }
}
