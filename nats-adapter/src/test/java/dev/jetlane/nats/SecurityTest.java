// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.Certificates;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.NKey;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each way of authentication, on a server that requires it. No exception, log line or printed text
 * shows a secret: the test searches all of them for the planted secrets.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class SecurityTest {

  private static final String PLANTED = "planted-7f3a9c";
  private static final Duration WAIT = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final List<String> secrets = new ArrayList<>(List.of(PLANTED));
  private final Queue<String> said = new ConcurrentLinkedQueue<>();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final Logger root = Logger.getLogger("");
  private final Level level = root.getLevel();
  private final Handler listener =
      new Handler() {
        @Override
        public void publish(LogRecord logged) {
          say(logged.getMessage());
          if (logged.getParameters() != null) {
            say(List.of(logged.getParameters()));
          }
          if (logged.getThrown() != null) {
            say(NatsOptionsTest.stackTrace(logged.getThrown()));
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    PrintStream copy = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(copy);
    System.setErr(copy);
    root.setLevel(Level.ALL);
    root.addHandler(listener);
  }

  @AfterEach
  void searchAllPrintedText() {
    System.setOut(out);
    System.setErr(err);
    root.removeHandler(listener);
    root.setLevel(level);
    String all = String.join("\n", said) + printed.toString(StandardCharsets.UTF_8);
    assertThat(secrets).noneMatch(all::contains);
  }

  private void say(Object shown) {
    said.add(String.valueOf(shown));
  }

  private static NatsServer server(String config) {
    return NatsServer.start(NatsConfig.defaults().withText(config));
  }

  private static NatsOptions options(NatsServer server) {
    return TestQueues.options(server).withConnectTimeout(Duration.ofSeconds(20));
  }

  /** Pushes, pulls and settles, and prints every printable object. */
  private void works(NatsOptions options) throws Exception {
    say(options);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      say(queue);
      say(queue.partition("p"));
      queue.partition("p").push(Task.of("task-" + System.nanoTime(), ""));
      try (Puller puller = queue.partition("p").puller()) {
        Delivery delivery = puller.pull(1, WAIT).get(0);
        say(delivery);
        say(puller);
        delivery.ack();
      }
      say(queue.health());
    }
  }

  /** Immediately: jnats waits for its connect timeout before it reports the refusal. */
  private void isRefused(NatsOptions... wrong) {
    CompletableFuture<?>[] all =
        Stream.of(wrong)
            .map(options -> CompletableFuture.runAsync(() -> isRefused(options)))
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(all).join();
  }

  private TaskQueueException isRefused(NatsOptions options) {
    say(options);
    NatsOptions hasty = options.withConnectTimeout(Duration.ofSeconds(3));
    TaskQueueException refused =
        catchThrowableOfType(TaskQueueException.class, () -> NatsQueues.connect(hasty));
    assertThat(refused).isNotNull();
    say(NatsOptionsTest.stackTrace(refused));
    return refused;
  }

  @Test
  void userAndPasswordAreAccepted() throws Exception {
    try (NatsServer server = server("authorization { user: joe, password: \"" + PLANTED + "\" }")) {
      NatsOptions options = options(server);
      works(options.withUser("joe", PLANTED.toCharArray()));
      works(options.withUrl(server.url().replace("://", "://joe:" + PLANTED + "@")));
      isRefused(
          options,
          options.withUser("joe", (PLANTED + "-wrong").toCharArray()),
          options.withUser(PLANTED, new char[0]),
          options.withUrl(server.url().replace("://", "://joe:x" + PLANTED + "@")));
    }
  }

  @Test
  void aTokenIsAccepted() throws Exception {
    try (NatsServer server = server("authorization { token: \"" + PLANTED + "\" }")) {
      NatsOptions options = options(server);
      works(options.withToken(PLANTED.toCharArray()));
      works(options.withUrl(server.url().replace("://", "://" + PLANTED + "@")));
      isRefused(options.withToken((PLANTED + "-wrong").toCharArray()));
    }
  }

  @Test
  void anNkeyIsAccepted() throws Exception {
    NKey user = NKey.createUser(null);
    NKey other = NKey.createUser(null);
    String config =
        "authorization { users = [ { nkey: " + new String(user.getPublicKey()) + " } ] }";
    try (NatsServer server = server(config)) {
      works(options(server).withNkeyFile(secretFile(new String(user.getSeed()))));
      works(options(server).withNkeyFile(secretFile("\r\n" + new String(user.getSeed()) + " \r")));
      isRefused(options(server).withNkeyFile(secretFile(new String(other.getSeed()))));
      isRefusedAsInput(options(server).withNkeyFile(secretFile(PLANTED)));
      isRefusedAsInput(options(server).withNkeyFile(folder.resolve("nowhere")));
    }
  }

  private Path secretFile(String content) throws Exception {
    secrets.add(content);
    return Files.writeString(Files.createTempFile(folder, "key", ""), content + "\n");
  }

  private void isRefusedAsInput(NatsOptions options) {
    say(options);
    assertThatThrownBy(() -> NatsQueues.connect(options))
        .isInstanceOf(dev.jetlane.InvalidInputException.class)
        .satisfies(e -> say(NatsOptionsTest.stackTrace(e)));
  }

  @Test
  void aCredentialsFileIsAccepted() throws Exception {
    Tokens tokens = Tokens.make(folder);
    Tokens others = Tokens.make(Files.createDirectory(folder.resolve("others")));
    secrets.add(tokens.userSeed());
    secrets.add(others.userSeed());
    try (NatsServer server = server(tokens.serverConfig())) {
      works(options(server).withCredentialsFile(tokens.credentialsFile()));
      isRefused(options(server).withCredentialsFile(others.credentialsFile()));
      isRefusedAsInput(options(server).withCredentialsFile(secretFile(PLANTED)));
      for (String half : List.of("BEGIN NATS USER JWT", "BEGIN USER NKEY SEED")) {
        isRefusedAsInput(options(server).withCredentialsFile(secretFile(half)));
      }
      isRefusedAsInput(options(server).withCredentialsFile(folder.resolve("nowhere")));
    }
  }

  private String tls(Certificates own) {
    return "cert_file: \"" + own.pemCertificate() + "\", key_file: \"" + own.pemKey() + "\"";
  }

  @Test
  void tlsProvesTheServer() throws Exception {
    Certificates good = Certificates.make(folder, "server", "ip:127.0.0.1,dns:localhost", 2);
    Certificates stranger = Certificates.make(folder, "stranger", "ip:127.0.0.1", 2);
    String password = "authorization { user: joe, password: \"" + PLANTED + "\" }\n";
    try (NatsServer server = server(password + "tls { " + tls(good) + " }")) {
      NatsOptions options =
          options(server)
              .withUrl(server.url().replace("nats://", "tls://"))
              .withUser("joe", PLANTED.toCharArray());
      works(options.withSslContext(Certificates.context(good, null)));
      isRefused(options.withSslContext(Certificates.context(stranger, null)), options);
    }
  }

  @Test
  void aTrustedCertificateForAnotherHostIsRefused() throws Exception {
    Certificates elsewhere = Certificates.make(folder, "elsewhere", "dns:example.com", 2);
    try (NatsServer server = server("tls { " + tls(elsewhere) + " }")) {
      isRefused(
          options(server)
              .withUrl(server.url().replace("nats://", "tls://"))
              .withSslContext(Certificates.context(elsewhere, null)));
    }
  }

  @Test
  void anExpiredCertificateOfTheServerIsRefused() throws Exception {
    Certificates authority = Certificates.make(folder, "authority", "dns:authority", 2);
    Certificates valid = authority.sign(folder, "valid", "ip:127.0.0.1", 2);
    Certificates expired = authority.sign(folder, "expired", "ip:127.0.0.1", -5);
    try (NatsServer good = server("tls { " + tls(valid) + " }");
        NatsServer server = server("tls { " + tls(expired) + " }")) {
      SSLContext trusting = Certificates.context(authority, null);
      works(overTls(good).withSslContext(trusting));
      assertThat(isRefused(overTls(server).withSslContext(trusting)))
          .isInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining("TLS failed: the certificate has expired");
    }
  }

  /** The server refuses after the handshake, so its message may be lost with the connection. */
  @Test
  void anExpiredCertificateOfTheClientIsRefused() throws Exception {
    Certificates own = Certificates.make(folder, "server", "ip:127.0.0.1", 2);
    Certificates authority = Certificates.make(folder, "authority", "dns:authority", 2);
    Certificates valid = authority.sign(folder, "valid", "dns:client", 2);
    Certificates expired = authority.sign(folder, "expired", "dns:client", -5);
    String config =
        "tls { " + tls(own) + ", ca_file: \"" + authority.pemCertificate() + "\", verify: true }";
    try (NatsServer server = server(config)) {
      works(overTls(server).withSslContext(Certificates.context(own, valid)));
      assertThat(isRefused(overTls(server).withSslContext(Certificates.context(own, expired))))
          .isInstanceOf(QueueUnavailableException.class);
    }
  }

  private static NatsOptions overTls(NatsServer server) {
    return options(server).withUrl(server.url().replace("nats://", "tls://"));
  }

  @Test
  void mutualTlsProvesTheClient() throws Exception {
    Certificates own = Certificates.make(folder, "server", "ip:127.0.0.1", 2);
    Certificates client = Certificates.make(folder, "client", "dns:client", 2);
    Certificates stranger = Certificates.make(folder, "stranger", "dns:client", 2);
    String config =
        "tls { " + tls(own) + ", ca_file: \"" + client.pemCertificate() + "\", verify: true }";
    try (NatsServer server = server(config)) {
      NatsOptions options = options(server).withUrl(server.url().replace("nats://", "tls://"));
      works(options.withSslContext(Certificates.context(own, client)));
      isRefused(
          options.withSslContext(Certificates.context(own, stranger)),
          options.withSslContext(Certificates.context(own, null)));
    }
  }
}
