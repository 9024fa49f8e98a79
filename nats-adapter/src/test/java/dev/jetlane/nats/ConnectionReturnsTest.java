// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.Certificates;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A lost connection is restored in all cases, and health reports the reason of the wait. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class ConnectionReturnsTest {

  private static final String RIGHT = "authorization { user: joe, password: right }";
  private static final String OTHER = "authorization { user: joe, password: other }";

  /**
   * jnats closes a connection permanently after two equal refusals in a row, and waits for the
   * connect timeout after each refusal.
   */
  @Test
  void credentialsThatAreRefusedForAWhileAreTriedAgain() {
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(RIGHT))) {
      NatsOptions options =
          TestQueues.options(server)
              .withUser("joe", "right".toCharArray())
              .withConnectTimeout(TestQueues.SOON);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        partition.push(Task.of("before", ""));
        server.reload(OTHER);
        TestQueues.await(
            "a third refusal", () -> server.logTail().split("authentication error").length > 3);
        assertThat(queue.health().problems().toString())
            .contains("keeps trying to reconnect")
            .contains("the server says: Authorization Violation)");
        server.reload(RIGHT);
        TestQueues.await("back", () -> queue.health().live());
        TestQueues.pushed(partition, Task.of("after", ""));
      }
    }
  }

  @Test
  void aRenewedTokenIsUsed(@TempDir Path folder) throws Exception {
    Tokens tokens = Tokens.make(folder);
    NatsConfig config = NatsConfig.defaults().withText(tokens.serverConfig());
    try (NatsServer server = NatsServer.start(config)) {
      NatsOptions options =
          TestQueues.options(server)
              .withCredentialsFile(tokens.credentialsFile())
              .withConnectTimeout(TestQueues.SOON);
      tokens.writeUser(Instant.now().plusSeconds(10));
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        TestQueues.await(
            "a refusal of the expired token",
            () ->
                queue.health().problems().toString().contains("the server says: Auth")
                    && !queue.health().live());
        tokens.writeUser(Instant.now().plusSeconds(3_600));
        TestQueues.await("back", () -> queue.health().live());
        TestQueues.pushed(partition, Task.of("after", ""));
      }
    }
  }

  @Test
  void aRenewedCertificateIsAccepted(@TempDir Path folder) throws Exception {
    Certificates authority = Certificates.make(folder, "authority", "dns:authority", 2);
    String valid = tls(authority.sign(folder, "valid", "ip:127.0.0.1", 2));
    String expired = tls(authority.sign(folder, "expired", "ip:127.0.0.1", -5));
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(valid))) {
      NatsOptions options =
          TestQueues.options(server)
              .withUrl(server.url().replace("nats://", "tls://"))
              .withSslContext(Certificates.context(authority, null));
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        server.reload(expired);
        server.restart();
        TestQueues.await(
            "reported by health",
            () ->
                queue
                    .health()
                    .problems()
                    .toString()
                    .contains("(TLS failed: the certificate has expired"));
        server.reload(valid);
        server.restart();
        TestQueues.await("back", () -> queue.health().live());
        TestQueues.pushed(partition, Task.of("after", ""));
      }
    }
  }

  private static String tls(Certificates own) {
    return "tls { cert_file: \""
        + own.pemCertificate()
        + "\", key_file: \""
        + own.pemKey()
        + "\" }";
  }

  /** Without Jetlane's data port between server and jnats the reader thread ends. */
  @Test
  void anEndedReaderOfTheCallersConnectionIsNoticedAndReplaced() throws Exception {
    List<String> warnings = new CopyOnWriteArrayList<>();
    try (NatsServer server = NatsServer.start();
        Connection connection = Jnats.connect(server.url())) {
      NatsOptions options =
          TestQueues.options(server)
              .withQueue(TestQueues.config().withLease(Duration.ofSeconds(2)))
              .withListener(
                  new QueueListener() {
                    @Override
                    public void warned(QueueEvent.Warned event) {
                      warnings.add(event.text());
                    }
                  });
      try (TaskQueue queue = NatsQueues.over(connection, options);
          RawProducer other = new RawProducer(server.url())) {
        Partition partition = queue.partition("p");
        String block = "NATS/1.0\r\nName: w\u00e4rt\r\n\r\n";
        other.publish(options.subjectPrefix() + ".p", block, "body");
        try (Puller puller = partition.puller()) {
          TestQueues.await("noticed", () -> pulled(puller) >= 0 && !warnings.isEmpty());
        }
        assertThat(warnings.get(0)).contains("the reader thread of jnats has ended");
        TestQueues.await(
            "reported by health",
            () ->
                queue.health().problems().toString().contains("reader thread of jnats has ended"));
        TestQueues.pushed(partition, Task.of("after", ""));
      }
    }
  }

  private static int pulled(Puller puller) {
    try {
      List<Delivery> some = puller.pull(1, Duration.ofSeconds(1));
      return some.size();
    } catch (TaskQueueException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
