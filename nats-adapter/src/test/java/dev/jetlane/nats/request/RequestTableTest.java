// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestTableTest {

  private final Wire wire = new Wire();
  private Session session;

  @BeforeEach
  void open() {
    wire.bind(new ScriptedConnection().connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
  }

  @AfterEach
  void close() {
    session.close();
  }

  /** Records for each try whether its thread holds the monitor of the request. */
  private static final class Recorder extends Request<String> {

    final Queue<Boolean> holdsMonitor = new ConcurrentLinkedQueue<>();

    Recorder() {
      super(Repeat.ALWAYS, Completion.none());
    }

    @Override
    public String subject() {
      return "recorder";
    }

    @Override
    public byte[] body() {
      holdsMonitor.add(Thread.holdsLock(this));
      return new byte[0];
    }

    @Override
    protected String describe() {
      return "record";
    }

    @Override
    protected Answer<String> read(byte[] answer, int from, int length) {
      return Answer.value(new String(answer, from, length, StandardCharsets.US_ASCII));
    }
  }

  /**
   * Until JDK 24 a virtual thread that waits in a monitor pins its carrier. Two threads that waited
   * for room pinned all carriers of a machine with two cores. The thread whose turn it was got
   * none, and every call hung.
   */
  @Test
  void noTryIsSentInsideTheMonitorOfItsRequest() {
    Recorder request = new Recorder();

    var unused =
        session.requests.send(
            request, Urgency.PIPELINED, System.nanoTime() + TimeUnit.SECONDS.toNanos(4));

    TestQueues.await("a repetition", () -> request.holdsMonitor.size() > 1);
    assertThat(request.holdsMonitor).doesNotContain(true);
  }
}
