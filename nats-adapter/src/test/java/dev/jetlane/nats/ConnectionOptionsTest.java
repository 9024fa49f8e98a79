// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.nats.testing.LogLines;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.NKey;
import io.nats.client.Options;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings of the connection, the credentials, and the environment, without a server. */
class ConnectionOptionsTest {

  private static final NatsOptions OPTIONS = NatsOptions.defaults();

  @TempDir private Path folder;

  @Test
  void theSettingsOfTheConnectionAreThoseOfTheOptions() throws Exception {
    Wire wire = new Wire();
    Options made =
        NatsQueues.jnatsOptions(
            OPTIONS
                .withUrl("nats://joe:s3cr3t@one:1,two")
                .withConnectionName("me")
                .withInboxPrefix("IN")
                .withConnectTimeout(Duration.ofSeconds(7))
                .withRequestTimeout(Duration.ofSeconds(8)),
            wire);
    assertThat(made.getServers())
        .containsExactly(URI.create("nats://one:1"), URI.create("nats://two:4222"));
    assertThat(made.getConnectionName()).isEqualTo("me");
    assertThat(made.getInboxPrefix()).isEqualTo("IN.");
    assertThat(made.getConnectionTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(made.getMaxReconnect()).as("no end of reconnects").isEqualTo(-1);
    assertThat(made.getReconnectBufferSize()).as("nothing is sent late").isZero();
    assertThat(made.getPingInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(made.getMaxPingsOut()).isEqualTo(4);
    assertThat(made.getMaxControlLine()).isEqualTo(16 * 1024);
    assertThat(made.getConnectionListener()).isSameAs(wire.monitor());
    assertThat(made.getErrorListener()).isSameAs(wire);
    assertThat(made.getDataPortType()).isEqualTo(NatsDataPort.class.getName());
    assertThat(made.getUsernameChars()).containsExactly("joe".toCharArray());
    assertThat(made.getPasswordChars()).containsExactly("s3cr3t".toCharArray());
    Duration wait = made.getReconnectDelayHandler().getWaitTime(1);
    assertThat(wait).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
  }

  /** One secure server among several is enough. */
  @ParameterizedTest
  @CsvSource({
    "nats://one, false",
    "ws://one, false",
    "tls://one, true",
    "'nats://one,wss://two', true"
  })
  void aSecureUrlNeedsTls(String url, boolean tls) throws Exception {
    Options made = NatsQueues.jnatsOptions(OPTIONS.withUrl(url), new Wire());
    // The context of jnats would not check the host.
    boolean checksHosts =
        made.getSslContext() != null
            && made.getSslContext().getClass().getName().startsWith("dev.jetlane.");
    assertThat(checksHosts).isEqualTo(tls);
  }

  @Test
  void aTokenIsHandedOver() throws Exception {
    NatsOptions token = OPTIONS.withToken("s3cr3t".toCharArray());
    assertThat(NatsQueues.jnatsOptions(token, new Wire()).getTokenChars())
        .containsExactly("s3cr3t".toCharArray());
  }

  /** The server challenges each connection, and the client asks for its key twice. */
  @Test
  void anNkeySignsEachChallenge() throws Exception {
    NKey user = NKey.createUser(null);
    Path file = Files.writeString(folder.resolve("key"), " \n" + new String(user.getSeed()) + "\n");
    Options made = NatsQueues.jnatsOptions(OPTIONS.withNkeyFile(file), new Wire());
    NKey known = NKey.fromPublicKey(user.getPublicKey());
    for (int time = 1; time <= 3; time++) {
      byte[] nonce = ("nonce " + time).getBytes(StandardCharsets.US_ASCII);
      assertThat(made.getAuthHandler().getID()).containsExactly(user.getPublicKey());
      assertThat(known.verify(nonce, made.getAuthHandler().sign(nonce))).isTrue();
      assertThat(made.getAuthHandler().getJWT()).isEmpty();
    }
  }

  /** A rotated file takes effect at the next connect. */
  @Test
  void aFileIsReadAtEachConnect() throws Exception {
    Path file = folder.resolve("key");
    NatsOptions options = OPTIONS.withNkeyFile(file);
    for (int time = 1; time <= 2; time++) {
      NKey user = NKey.createUser(null);
      Files.writeString(file, new String(user.getSeed()));
      assertThat(NatsQueues.jnatsOptions(options, new Wire()).getAuthHandler().getID())
          .containsExactly(user.getPublicKey());
    }
    Files.writeString(file, " ");
    refused(options, "must contain the seed");
    Files.delete(file);
    refused(options, "must be a readable file");
    refused(OPTIONS.withCredentialsFile(file), "must be a readable file");
    Files.writeString(file, "-----BEGIN NATS USER JWT-----");
    refused(OPTIONS.withCredentialsFile(file), "a user JWT and its nkey seed");
  }

  /** A directory can be read, but not as a file: a retry would not help. */
  @Test
  void aDirectoryIsNoFile() {
    refused(OPTIONS.withNkeyFile(folder), "must be a readable file");
    refused(OPTIONS.withCredentialsFile(folder), "must be a readable file");
  }

  /** The public key of a user is no secret, and no seed. */
  @Test
  void aKeyThatIsNoSeedIsRefusedWithoutItsText() throws Exception {
    NKey user = NKey.createUser(null);
    String seed = new String(user.getSeed());
    for (String text :
        new String[] {new String(user.getPublicKey()), seed + seed, seed.substring(1), ""}) {
      Path file = Files.writeString(folder.resolve("key"), text);
      assertThatThrownBy(() -> NatsQueues.jnatsOptions(OPTIONS.withNkeyFile(file), new Wire()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("must contain the seed")
          .hasMessageNotContaining(seed.substring(10))
          .hasNoCause();
    }
  }

  private static void refused(NatsOptions options, String rule) {
    assertThatThrownBy(() -> NatsQueues.jnatsOptions(options, new Wire()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(rule);
  }

  @ParameterizedTest
  @CsvSource({
    "none, none",
    "user, user and password",
    "token, token",
    "file, credentials file",
    "key, nkey file"
  })
  void credentialsPrintTheirKind(String which, String text) {
    NatsOptions options =
        switch (which) {
          case "user" -> OPTIONS.withUser("joe", new char[] {'x'});
          case "token" -> OPTIONS.withToken(new char[] {'x'});
          case "file" -> OPTIONS.withCredentialsFile(folder);
          case "key" -> OPTIONS.withNkeyFile(folder);
          default -> OPTIONS;
        };
    assertThat(options.credentials()).hasToString(text);
  }

  @Test
  void unknownVariablesWithThePrefixAreNamedInTheLog() {
    try (LogLines log = LogLines.of("dev.jetlane.nats")) {
      Map<String, String> environment =
          new TreeMap<>(
              Map.of("Nats__Typo", "1", "Nats__Stream", "S", "nats__Url", "x", "Other", "y"));
      NatsOptions options = OPTIONS.withEnvironment(environment);
      assertThat(options.stream()).isEqualTo("S");
      assertThat(log.lines()).hasSize(1);
      LogRecord line = log.lines().get(0);
      assertThat(line.getLevel()).isEqualTo(java.util.logging.Level.WARNING);
      assertThat(new java.util.logging.SimpleFormatter().formatMessage(line))
          .contains("Nats__Typo");
    }
  }

  @Test
  void anEmptyEnvironmentChangesNothing() {
    NatsOptions options = OPTIONS.withMaxInFlight(7).withStream("S");
    assertThat(options.withEnvironment(Map.of())).hasToString(options.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "ApiPrefix, queue.API, apiPrefix=queue.API.",
    "Domain, hub, apiPrefix=$JS.hub.API.",
    "RequestTimeout, 0.05, requestTimeout=PT0.05S",
    "ConnectTimeout, 600, connectTimeout=PT10M",
    "ConnectPatience, 1.001, connectPatience=PT1.001S",
    "DegreeOfParallelism, 1, maxInFlight=1",
    "DegreeOfParallelism, -1, maxInFlight=16384",
    "DegreeOfParallelism, -5, maxInFlight=16384",
    "MaxBytes, 999999999999999999, maxBytes=999999999999999999",
    "User, joe, credentials=user and password",
    "Storage, FILE, storage=FILE"
  })
  void aVariableSetsItsOption(String name, String value, String text) {
    NatsOptions options = OPTIONS.withEnvironment(Map.of("Nats__" + name, value));
    assertThat(options.toString()).contains(text);
  }

  @ParameterizedTest
  @CsvSource({
    "RequestTimeout, 1.0001, seconds",
    "RequestTimeout, 1., seconds",
    "AckWait, 1234567890, seconds",
    "MaxBytes, 1234567890123456789, whole number",
    "MaxTasks, 2147483648, whole number",
    "Replicas, +3, whole number"
  })
  void aBadNumberIsRefused(String name, String value, String rule) {
    assertThatThrownBy(() -> OPTIONS.withEnvironment(Map.of("Nats__" + name, value)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll("Nats__" + name, value, rule);
  }
}
