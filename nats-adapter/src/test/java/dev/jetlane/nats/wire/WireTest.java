// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.ConnectionListener.Events;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sockets of one connection, one after the other. */
@Timeout(60)
class WireTest {

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final FrameWriter writer = wire.newSocket();
  private final StringBuilder written = new StringBuilder();

  @AfterEach
  void release() {
    wire.release();
  }

  private void write() throws IOException {
    writer.writeTo(
        (bytes, length) -> written.append(new String(bytes, 0, length, StandardCharsets.US_ASCII)));
  }

  /** The sender of a frame decides whether to send it again: a late nak would do harm. */
  @Test
  void framesOfTheOldSocketAreNotWrittenToTheNewOne() throws Exception {
    wire.bind(server.connection());
    writer.publish("old", new byte[0]);
    assertThat(wire.newSocket()).isSameAs(writer);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    writer.publish("new", new byte[0]);
    write();
    assertThat(written).asString().isEqualTo("PUB new 0\r\n\r\n");
  }

  /** The answers would arrive before the server knows their subscription. */
  @Test
  void nothingIsWrittenBeforeTheServerKnowsTheSubscriptions() throws Exception {
    wire.bind(server.connection());
    assertThat(wire.newSocket()).isSameAs(writer);
    writer.publish("early", new byte[0]);
    write();
    assertThat(written).asString().isEmpty();
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    write();
    assertThat(written).asString().isEqualTo("PUB early 0\r\n\r\n");
  }

  /** A server that refuses the credentials of many clients is not kept busy by them. */
  @Test
  void onlyTheReconnectAfterARefusalOfTheCredentialsWaitsLong() throws Exception {
    Duration second = Duration.ofSeconds(1);
    assertThat(wire.reconnectWait()).isLessThan(second);
    for (int round = 0; round < 2; round++) {
      readRefusal();
      assertThat(wire.reconnectWait()).isGreaterThanOrEqualTo(second);
      assertThat(wire.reconnectWait()).isLessThan(second);
    }
  }

  private void readRefusal() throws IOException {
    byte[] refusal = "-ERR 'Authorization Violation'\r\n".getBytes(StandardCharsets.US_ASCII);
    int read = wire.rewriterOf(new ByteArrayInputStream(refusal)::read).read(new byte[100], 0, 100);
    assertThat(read).isPositive();
  }
}
