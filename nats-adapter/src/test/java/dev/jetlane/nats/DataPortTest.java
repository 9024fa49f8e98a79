// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.nats.wire.InboundRewriter;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ErrorListener;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The socket of a queue's own connection, without a socket: each read fails. */
@Timeout(60)
class DataPortTest {

  private final ScriptedConnection script = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final byte[] target = new byte[64];

  @BeforeEach
  void bind() {
    wire.bind(script.connection());
  }

  @AfterEach
  void release() {
    wire.release();
    assertThat(Thread.interrupted()).isFalse();
  }

  private static NatsDataPort port(ErrorListener listener) {
    NatsDataPort port = new NatsDataPort();
    port.afterConstruct(Options.builder().errorListener(listener).build());
    return port;
  }

  /** A server refuses the credentials, on any socket of the connection. */
  private void refuseCredentials() throws IOException {
    byte[] line = "-ERR 'Authorization Violation'\r\n".getBytes(StandardCharsets.US_ASCII);
    boolean[] sent = {false};
    InboundRewriter other =
        wire.rewriterOf(
            (bytes, from, length) -> {
              if (sent[0]) {
                return -1;
              }
              sent[0] = true;
              System.arraycopy(line, 0, bytes, from, line.length);
              return line.length;
            });
    int before = wire.credentialRefusals();
    assertThat(other.read(target, 0, target.length)).isPositive();
    assertThat(wire.credentialRefusals()).isEqualTo(before + 1);
  }

  private void read(NatsDataPort port) {
    assertThatThrownBy(() -> port.read(target, 0, target.length))
        .isInstanceOf(IOException.class)
        .hasMessage("reading from the server failed")
        .hasCauseInstanceOf(RuntimeException.class);
    assertThat(wire.isReading()).as("no thread reads now").isFalse();
  }

  /** An unchecked exception would silently end the reader thread of jnats. */
  @Test
  void eachFailedReadIsAnErrorOfTheConnection() {
    NatsDataPort port = port(wire);
    read(port);
    read(port);
  }

  /** Each refusal ends one attempt to reconnect, which otherwise waits for its timeout. */
  @Test
  void eachRefusalOfTheCredentialsEndsOneAttempt() throws Exception {
    script.disconnect();
    NatsDataPort port = port(wire);
    read(port);
    assertThat(Thread.interrupted()).as("without a refusal").isFalse();
    for (int time = 1; time <= 2; time++) {
      refuseCredentials();
      read(port);
      assertThat(Thread.interrupted()).as("refusal %s", time).isTrue();
      read(port);
      assertThat(Thread.interrupted()).as("after refusal %s", time).isFalse();
    }
  }

  @Test
  void anEarlierRefusalConcernsNoLaterSocket() throws Exception {
    script.disconnect();
    refuseCredentials();
    read(port(wire));
    assertThat(Thread.interrupted()).isFalse();
  }

  /** The first connect reports the refusal itself, and an open connection is not ended. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onlyAnAttemptToReconnectIsEnded(boolean closed) throws Exception {
    NatsDataPort port = port(wire);
    if (closed) {
      script.close();
    }
    refuseCredentials();
    read(port);
    assertThat(Thread.interrupted()).isFalse();
    script.disconnect();
    read(port);
    assertThat(Thread.interrupted()).as("the refusal is an old one").isFalse();
  }

  /** A connection of the caller may name this class too. */
  @Test
  void aSocketWithoutAQueueIsThatOfJnats() {
    NatsDataPort port = port(new ErrorListener() {});
    assertThatThrownBy(() -> port.read(target, 0, target.length))
        .isInstanceOf(NullPointerException.class);
    assertThat(wire.isOwn()).isFalse();
    assertThat(port(wire)).isNotNull();
    assertThat(wire.isOwn()).isTrue();
  }
}
