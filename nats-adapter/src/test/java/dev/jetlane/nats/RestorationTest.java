package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a call that misses a stream or a consumer does not create it. */
@Timeout(60)
class RestorationTest {

  private static final QueueUnavailableException GONE =
      new QueueUnavailableException("the partition is gone", null);

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final AtomicInteger calls = new AtomicInteger();
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
    return new Restoration(session, new Provisioner(session, terms(creates)), List.of());
  }

  /** The error is the call's own, and the call is not repeated. */
  private void failsAsItIs(Restoration restoration) {
    var addresses = session.settings.layout().addresses("p");
    NatsPartitionDriver partition =
        new NatsPartitionDriver(
            session, new Provisioner(session, terms(true)), restoration, addresses);
    assertThatThrownBy(
            () ->
                restoration.around(
                    partition,
                    session.deadlineNanos(),
                    () -> {
                      calls.incrementAndGet();
                      throw GONE;
                    }))
        .isSameAs(GONE);
    assertThat(calls).hasValue(1);
  }

  /** Its tasks would be lost to workers, or come a second time, once the server has loaded it. */
  @Test
  void whatAServerMayStillBeLoadingIsNotCreated() {
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    failsAsItIs(restoration(true));
  }

  @Test
  void aClientThatIsNotToCreateDoesNot() {
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
