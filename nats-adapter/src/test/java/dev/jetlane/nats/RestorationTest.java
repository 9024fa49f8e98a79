// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cases in which a call that misses a stream or a consumer does not create it. */
@Timeout(60)
class RestorationTest {

  private final QueueUnavailableException gone =
      new QueueUnavailableException("the partition is gone", null);

  private static final String DENIED =
      "Permissions Violation for Publish to \"$JS.API.STREAM.INFO.jetlane\"";

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final List<NatsPartitionDriver> partitions = new ArrayList<>();
  private Session session;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    session = new Session(TestQueues.settings(NatsOptions.defaults()), wire, DriverEvents.none());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static ProvisioningTerms terms(boolean creates) {
    return new ProvisioningTerms(creates, true, Drift.Response.FAIL, true, 1, -1);
  }

  private Restoration restoration(boolean creates) {
    Provisioner provisioner = new Provisioner(session, terms(creates));
    Restoration restoration = new Restoration(session, provisioner, partitions);
    partitions.add(
        new NatsPartitionDriver(
            session, provisioner, restoration, session.settings.layout().addresses("p")));
    server.forgetCalls();
    return restoration;
  }

  /** Returns the error of a call that misses a stream. */
  private TaskQueueException missed(Restoration restoration) {
    try {
      restoration.around(
          partitions.get(0),
          session.deadlineNanos(),
          () -> {
            throw gone;
          });
      throw new AssertionError("no error");
    } catch (TaskQueueException e) {
      return e;
    }
  }

  /** Expects the error of the call itself, and no request. */
  private void failsAsItIs(Restoration restoration) {
    assertThat(missed(restoration)).isSameAs(gone);
    assertThat(server.calls()).isEmpty();
  }

  /** Only a new connection can have other permissions. */
  @Test
  void aClientThatMayNotCreateStopsTrying() {
    server.onCall(() -> wire.errorOccurred(server.connection(), DENIED));
    Restoration restoration = restoration(true);
    assertThat(missed(restoration)).isInstanceOf(PermissionDeniedException.class);
    TestQueues.await(
        "no more attempts",
        () -> {
          // As each call that misses a stream does. An attempt during another one may end without a
          // denial of its own.
          restoration.soon();
          return missed(restoration) == gone;
        });
    server.forgetCalls();
    failsAsItIs(restoration);
  }

  /**
   * Otherwise workers would miss its tasks, or receive them twice, after the server has loaded the
   * stream.
   */
  @Test
  void aStreamThatTheServerMayStillLoadIsNotCreated() {
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    failsAsItIs(restoration(true));
  }

  @Test
  void aClientWithoutProvisioningCreatesNothing() {
    failsAsItIs(restoration(false));
  }

  @Test
  void withoutAConnectionNothingIsCreated() {
    server.disconnect();
    failsAsItIs(restoration(true));
  }

  @Test
  void aClosedQueueCreatesNothing() {
    wire.monitor().markClosed();
    failsAsItIs(restoration(true));
  }
}
