// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The requests of a mover on a new connection. */
@Timeout(60)
class MoverReconnectTest {

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private Session session;
  private String nextSubject;
  private DelayedTaskMover mover;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
    PartitionAddress address = session.settings.layout().address("p");
    nextSubject =
        session.settings.layout().nextSubject(address.stream, PartitionAddress.DELAYED_CONSUMER);
    mover = new DelayedTaskMover(session, address);
  }

  @AfterEach
  void close() {
    session.close();
  }

  private void reconnect() {
    server.forgetCalls();
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
  }

  private boolean hasRequested() {
    return server.calls().contains("publish " + nextSubject);
  }

  /** The server of the new connection does not know the request. */
  @Test
  void theMoverRequestsAgain() {
    assertThat(hasRequested()).isTrue();
    for (int round = 0; round < 2; round++) {
      reconnect();
      assertThat(hasRequested()).isTrue();
    }
  }

  /** The new connection may have other permissions. */
  @Test
  void aMoverThatWasDeniedTriesAgain() {
    for (int round = 0; round < 2; round++) {
      mover.denied(nextSubject);
      reconnect();
      assertThat(hasRequested()).isTrue();
    }
  }

  @Test
  void aClosedMoverRequestsNothing() {
    assertThat(mover.close()).isFalse();
    reconnect();
    assertThat(hasRequested()).isFalse();
  }
}
