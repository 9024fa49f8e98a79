// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions.Provisioning;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The accounts of {@code docs/permissions.conf}: each can do its own work only. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class RolesTest {

  private static final Duration WAIT = Duration.ofSeconds(20);

  /** Long enough that a test that waits for it is noticed. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(40);

  private NatsServer server;

  @BeforeEach
  void start() throws Exception {
    server = Roles.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private NatsOptions options(String role, Provisioning provisioning) {
    return Roles.options(server, role, provisioning)
        .withStorage(NatsOptions.Storage.MEMORY)
        .withRequestTimeout(REQUEST_TIMEOUT);
  }

  private TaskQueue as(String role, Provisioning provisioning) {
    return NatsQueues.connect(options(role, provisioning));
  }

  private void provision() {
    try (TaskQueue administrator = as("administrator", Provisioning.CREATE)) {
      administrator.partition("gpu");
      administrator.partition("cpu");
    }
  }

  @Test
  void theAdministratorManagesStreamsAndDeadLetters() throws Exception {
    provision();
    try (TaskQueue producer = as("producer", Provisioning.NONE);
        TaskQueue worker = as("worker", Provisioning.NONE);
        TaskQueue administrator = as("administrator", Provisioning.CREATE)) {
      producer.partition("gpu").push(Task.of("a", ""));
      producer.partition("gpu").push(Task.of("b", ""));
      try (Puller puller = worker.partition("gpu").puller()) {
        for (Delivery delivery : TestQueues.pull(puller, 2)) {
          delivery.deadLetter("broken");
        }
      }
      Partition gpu = administrator.partition("gpu");
      TestQueues.awaitStats(gpu, new Stats(0, 0, 2));
      assertThat(gpu.deadLetters().redriveOldest(1)).isEqualTo(1);
      assertThat(gpu.deadLetters().purge()).isEqualTo(1);
      TestQueues.awaitStats(gpu, new Stats(1, 0, 0));
      assertThat(administrator.health()).isEqualTo(Health.up());
      expectDenied(gpu::puller, "$JS.API.CONSUMER.MSG.NEXT.jetlane.gpu");
    }
    NatsOptions other =
        options("administrator", Provisioning.CREATE)
            .withQueue(TestQueues.config())
            .withDriftPolicy(NatsOptions.DriftPolicy.UPDATE);
    try (TaskQueue administrator = NatsQueues.connect(other)) {
      TestQueues.awaitReady(administrator.partition("gpu"), 1);
    }
    try (TaskQueue administrator =
        NatsQueues.connect(other.withStream("another").withSubjectPrefix("other"))) {
      expectDenied(() -> administrator.partition("gpu"), "$JS.API.STREAM.CREATE.another");
    }
    NatsOptions clash =
        other.withStream("jetlane-dead").withDriftPolicy(NatsOptions.DriftPolicy.FAIL);
    try (TaskQueue administrator = NatsQueues.connect(clash)) {
      assertThatThrownBy(() -> administrator.partition("gpu"))
          .isInstanceOf(ConfigDriftException.class);
    }
  }

  @Test
  void theProducerMayOnlyPush() {
    provision();
    try (TaskQueue producer = as("producer", Provisioning.NONE)) {
      Partition gpu = producer.partition("gpu");
      gpu.push(Task.of("a", ""));
      assertThat(gpu.pushAll(TestQueues.tasks(10)).allStored()).isTrue();
      assertThat(producer.health()).isEqualTo(Health.up());
      expectDenied(() -> producer.partition("cpu").push(Task.of("x", "")), "jetlane.cpu");
      expectDenied(gpu::puller, "$JS.API.CONSUMER.MSG.NEXT.jetlane.gpu");
      expectDenied(gpu::stats, "$JS.API.STREAM.INFO.jetlane");
      expectDenied(() -> gpu.deadLetters().list(1), "$JS.API.STREAM.MSG.GET.jetlane-dead");
      expectDenied(() -> gpu.deadLetters().purge(), "$JS.API.STREAM.PURGE.jetlane-dead");
    }
    try (TaskQueue curious = as("producer", Provisioning.VERIFY)) {
      expectDenied(() -> curious.partition("gpu"), "$JS.API.STREAM.INFO.jetlane");
    }
  }

  @Test
  void theWorkerMayOnlyPullAndSettle() throws Exception {
    provision();
    try (TaskQueue producer = as("producer", Provisioning.NONE);
        TaskQueue worker = as("worker", Provisioning.NONE)) {
      TestQueues.push(producer.partition("gpu"), 3);
      Partition gpu = worker.partition("gpu");
      try (Puller puller = gpu.puller()) {
        List<Delivery> all = TestQueues.pull(puller, 3);
        assertThat(all.get(0).extend()).isTrue();
        assertThat(all.get(0).ack()).isEqualTo(Settlement.SETTLED);
        assertThat(all.get(1).nak()).isEqualTo(Settlement.SETTLED);
        assertThat(all.get(2).deadLetter("broken")).isEqualTo(Settlement.SETTLED);
        assertThat(puller.pull(1, WAIT).get(0).nak(Duration.ofSeconds(1)))
            .isEqualTo(Settlement.SETTLED);
        assertThat(puller.pull(1, WAIT)).hasSize(1);
      }
      assertThat(worker.health()).isEqualTo(Health.up());
      expectDenied(() -> worker.partition("cpu").push(Task.of("x", "")), "jetlane.cpu");
      expectDenied(() -> gpu.push(Task.of("x", "").withDelay(WAIT)), "jetlane.gpu.@later.");
      expectDenied(gpu::stats, "$JS.API.STREAM.INFO.jetlane");
      expectDenied(() -> worker.partition("cpu").puller(), "$JS.API.CONSUMER.MSG.NEXT.jetlane.cpu");
    }
  }

  /** The task is stored again, which needs the right to push. */
  @Test
  void theWorkerGivesBackATaskAfterItsLastAttempt() throws Exception {
    provision();
    NatsOptions options =
        options("worker", Provisioning.NONE).withQueue(QueueConfig.defaults().withMaxDeliveries(1));
    try (TaskQueue producer = as("producer", Provisioning.NONE);
        TaskQueue worker = NatsQueues.connect(options);
        Puller puller = worker.partition("gpu").puller()) {
      producer.partition("gpu").push(Task.of("a", ""));
      assertThat(TestQueues.pull(puller, 1).get(0).release()).isEqualTo(Settlement.SETTLED);
      Delivery again = TestQueues.pull(puller, 1).get(0);
      assertThat(again.taskId()).isEqualTo("a");
      assertThat(again.attempt()).isEqualTo(1);
      assertThat(again.ack()).isEqualTo(Settlement.SETTLED);
    }
  }

  @Test
  void aWorkerNoticesAMissingPermission() throws Exception {
    try (TaskQueue worker =
        NatsQueues.connect(
            options("worker", Provisioning.NONE).withRequestTimeout(Duration.ofSeconds(5)))) {
      Partition gpu = worker.partition("gpu");
      Health health = worker.health();
      assertThat(health.live()).isTrue();
      assertThat(health.ready()).isFalse();
      assertThat(health.problems()).singleElement().asString().contains("gpu");
      assertThatThrownBy(gpu::puller).isInstanceOf(QueueUnavailableException.class);
      provision();
      TestQueues.await("a healthy worker", () -> worker.health().equals(Health.up()));
    }
  }

  @Test
  void theMonitorMayOnlyCount() {
    provision();
    try (TaskQueue producer = as("producer", Provisioning.NONE);
        TaskQueue monitor = as("monitor", Provisioning.VERIFY)) {
      TestQueues.push(producer.partition("gpu"), 3);
      Partition gpu = monitor.partition("gpu");
      TestQueues.awaitStats(gpu, new Stats(3, 0, 0));
      assertThat(gpu.deadLetters().list(1)).isEmpty();
      assertThat(monitor.health()).isEqualTo(Health.up());
      expectDenied(() -> gpu.push(Task.of("x", "")), "jetlane.gpu");
      expectDenied(gpu::puller, "$JS.API.CONSUMER.MSG.NEXT.jetlane.gpu");
      expectDenied(() -> gpu.deadLetters().purge(), "$JS.API.STREAM.PURGE.jetlane-dead");
    }
  }

  /** Much shorter than the request timeout, so that the denial decides. */
  private static void expectDenied(ThrowingCallable call, String subject) {
    long startNanos = System.nanoTime();
    assertThatThrownBy(call)
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining(subject);
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(REQUEST_TIMEOUT);
  }
}
