// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.driver.Urgency;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An error in the middle of a frame. A part of a frame would swallow the frames after it. */
@Timeout(60)
class PartsOfFramesTest {

  private final ReplacedCalls calls = new ReplacedCalls(new ScriptedConnection().connection());
  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final FrameWriter writer =
      new FrameWriter(monitor, "writer-under-test-" + System.nanoTime());
  private final StringBuilder written = new StringBuilder();

  @BeforeEach
  void bind() {
    monitor.bind(calls.connection());
    calls.with("getMaxPayload", none -> 1L << 20);
    writer.publish("earlier", new byte[0]);
  }

  @AfterEach
  void close() {
    writer.close();
  }

  private record Message(String subject, List<Frame> before, Runnable inBody) implements Frame {

    @Override
    public byte[] body() {
      return "body".getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void writeBody(ByteSink sink) {
      sink.put("bo");
      inBody.run();
      sink.put("dy");
    }
  }

  private static Message failing(Throwable failure, Frame... before) {
    return new Message(
        "failing",
        List.of(before),
        () -> {
          if (failure instanceof Error error) {
            throw error;
          }
          throw (RuntimeException) failure;
        });
  }

  /** Also none of the messages before it, because a part of an atomic batch would be left. */
  @Test
  void aFrameThatFailsLeavesNoByte() throws IOException {
    Message well = new Message("before", List.of(), () -> {});
    for (Throwable planted :
        List.of(new OutOfMemoryError("planted"), new IllegalArgumentException("planted"))) {
      for (Message each : List.of(failing(planted), failing(planted, well, well))) {
        assertThatThrownBy(() -> writer.send(each, "in.", 1, Urgency.DEFERRED)).isSameAs(planted);
      }
    }
    expectNextAlone();
  }

  /** The missing array fails after the subject, as the growth for a large one may. */
  @Test
  @SuppressWarnings("NullAway")
  void aMessageThatFailsLeavesNoByte() throws IOException {
    for (Runnable call :
        List.<Runnable>of(
            () -> writer.publish("failing", null),
            () -> writer.publish("failing", "reply", null))) {
      assertThatThrownBy(call::run).isInstanceOf(NullPointerException.class);
    }
    expectNextAlone();
  }

  private void expectNextAlone() throws IOException {
    writer.publish("next", new byte[0]);
    writer.open();
    writer.writeTo(
        (bytes, length) -> written.append(new String(bytes, 0, length, StandardCharsets.US_ASCII)));
    assertThat(written.toString()).isEqualTo("PUB earlier 0\r\n\r\nPUB next 0\r\n\r\n");
  }
}
