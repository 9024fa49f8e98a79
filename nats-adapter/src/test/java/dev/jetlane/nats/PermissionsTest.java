// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Accounts that may do their own work only. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(60)
class PermissionsTest {

  /** The least permissions of each role; the partition is p of stream S with subjects t.>. */
  private static final String USERS =
      """
      authorization {
        users = [
          { user: admin, password: s3cr3t }
          { user: producer, password: s3cr3t, permissions: {
              publish: ["t.p"], subscribe: ["_IN_producer.>"] } }
          { user: worker, password: s3cr3t, permissions: {
              publish: ["$JS.API.CONSUMER.MSG.NEXT.S.p", "$JS.ACK.S.p.>"], subscribe: ["_IN_worker.>"] } }
          { user: burier, password: s3cr3t, permissions: {
              publish: ["$JS.API.CONSUMER.MSG.NEXT.S.p", "$JS.ACK.S.p.>", "t-dead.p.>"], subscribe: ["_IN_burier.>"] } }
          { user: deaf, password: s3cr3t, permissions: { publish: [">"], subscribe: ["nothing"] } }
        ]
      }
      """;

  private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start(NatsConfig.defaults().withText(USERS));
    try (TaskQueue admin = as("admin")) {
      admin.partition("p");
      admin.partition("q");
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static NatsOptions options(String user) {
    NatsOptions.Provisioning provisioning =
        user.equals("admin") ? NatsOptions.Provisioning.CREATE : NatsOptions.Provisioning.NONE;
    return NatsOptions.defaults()
        .withUrl(server.url())
        .withStream("S")
        .withSubjectPrefix("t")
        .withStorage(NatsOptions.Storage.MEMORY)
        .withRequestTimeout(TestQueues.REQUEST_TIMEOUT)
        .withUser(user, "s3cr3t".toCharArray())
        .withInboxPrefix("_IN_" + user)
        .withProvisioning(provisioning);
  }

  private static TaskQueue as(String user) {
    return NatsQueues.connect(options(user));
  }

  @Test
  void producerAndWorkerMayDoTheirWorkOnly() throws Exception {
    try (TaskQueue producer = as("producer");
        TaskQueue worker = as("worker");
        TaskQueue burier = as("burier")) {
      for (int i = 0; i < 3; i++) {
        producer.partition("p").push(Task.of("perm-" + i, ""));
      }
      try (Puller puller = worker.partition("p").puller()) {
        Delivery delivery = TestQueues.pull(puller, 1).get(0);
        assertThat(delivery.extend()).isTrue();
        assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
        Delivery other = TestQueues.pull(puller, 1).get(0);
        expectDenied(() -> other.deadLetter("no"), "t-dead.p.");
        assertThat(other.nak()).isEqualTo(Settlement.SETTLED);
      }
      try (Puller puller = burier.partition("p").puller()) {
        for (Delivery delivery : TestQueues.pull(puller, 2)) {
          assertThat(delivery.deadLetter("yes")).isEqualTo(Settlement.SETTLED);
        }
      }
      expectDenied(() -> producer.partition("q").push(Task.of("x", "")), "t.q");
      expectDenied(() -> producer.partition("p").puller(), "$JS.API.CONSUMER.MSG.NEXT.S.p");
      expectDenied(() -> worker.partition("q").puller(), "$JS.API.CONSUMER.MSG.NEXT.S.q");
      expectDenied(() -> worker.partition("p").push(Task.of("x", "")), "t.p");
      expectDenied(() -> worker.partition("p").stats(), "$JS.API.STREAM.INFO.S");
      expectDenied(
          () -> worker.partition("p").deadLetters().list(1), "$JS.API.STREAM.MSG.GET.S-dead");
      // A resource that it may not see is not a problem of the queue.
      assertThat(worker.health()).isEqualTo(Health.up());
    }
  }

  @Test
  void anInboxThatMayNotBeSubscribedToIsNamed() {
    try (TaskQueue deaf = as("deaf")) {
      expectDenied(() -> deaf.partition("p").push(Task.of("x", "")), "_IN_deaf.");
      expectDenied(() -> deaf.partition("p").puller(), "_IN_deaf.");
    }
  }

  @Test
  void theDeniedSubjectOfAForeignConnectionIsNamed() throws Exception {
    Options jnats =
        Options.builder()
            .server(server.url())
            .userInfo("worker", "s3cr3t")
            .inboxPrefix("_IN_worker")
            .errorListener(new io.nats.client.ErrorListener() {})
            .build();
    try (Connection nc = Nats.connect(jnats);
        TaskQueue worker = NatsQueues.over(nc, options("worker"))) {
      Partition partition = worker.partition("q");
      expectDenied(() -> partition.push(Task.of("x", "")), "t.q");
      expectDenied(partition::puller, "$JS.API.CONSUMER.MSG.NEXT.S.q");
    }
  }

  @Test
  void refusedCredentialsAreNotShown() {
    NatsOptions wrong = options("admin").withUser("admin", "wr0ng-s3cr3t".toCharArray());
    assertThatThrownBy(() -> NatsQueues.connect(wrong))
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining("user and password")
        .satisfies(e -> assertThat(NatsOptionsTest.stackTrace(e)).doesNotContain("s3cr3t"));
  }

  private static void expectDenied(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String subject) {
    assertThatThrownBy(call)
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining(subject)
        .satisfies(e -> assertThat(NatsOptionsTest.stackTrace(e)).doesNotContain("s3cr3t"));
  }
}
