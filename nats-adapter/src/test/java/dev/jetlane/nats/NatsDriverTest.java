// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Settings;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A partition that is opened over the caller's connection while the queue closes. */
@Timeout(120)
class NatsDriverTest {

  private static final ProvisioningTerms NOTHING_IS_CHECKED =
      new ProvisioningTerms(false, false, Drift.Response.FAIL, false, 1, -1);

  private final ScriptedConnection server = new ScriptedConnection();

  /** Runs between the check of the partition and the start of its mover. */
  private Runnable meanwhile = () -> {};

  private NatsDriver driver;

  @BeforeEach
  void open() {
    Wire wire = new Wire();
    wire.bind(server.connection());
    Settings plain = TestQueues.settings(NatsOptions.defaults());
    Dialect dialect =
        new Dialect() {
          @Override
          public boolean hasDelays() {
            meanwhile.run();
            return true;
          }
        };
    Settings settings = TestQueues.withDialect(plain, dialect);
    driver =
        new NatsDriver(new Session(settings, wire, DriverEvents.none()), NOTHING_IS_CHECKED, false);
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private void closeTheQueue() {
    meanwhile = () -> {};
    CompletableFuture.runAsync(() -> driver.close(soon())).join();
    server.forgetCalls();
  }

  /**
   * A mover that starts after the close would never end, and would move the tasks of other clients.
   */
  @Test
  void noMoverStartsAfterTheClose() {
    meanwhile = this::closeTheQueue;
    assertThatThrownBy(() -> driver.openPartition("p", soon()))
        .isInstanceOf(QueueClosedException.class);
    assertThat(server.calls()).isEmpty();
  }

  @Test
  void aConnectionThatItsOwnerClosesIsAClosedQueue() {
    meanwhile = server::close;
    assertThatThrownBy(() -> driver.openPartition("p", soon()))
        .isInstanceOf(QueueClosedException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    meanwhile = () -> {};
    driver.close(soon());
  }

  @Test
  void aPullerThatIsOpenedDuringTheCloseIsOfAClosedQueue() throws Exception {
    PartitionDriver partition = driver.openPartition("p", soon());
    Thread closing = new Thread(() -> driver.close(soon()));
    server.onPublish(
        (replyTo, body) -> {
          server.onPublish((later, none) -> {});
          closing.start();
          TestQueues.await("its close", () -> closing.getState() == Thread.State.TIMED_WAITING);
          throw new IllegalStateException("Connection is Closed");
        });
    assertThatThrownBy(
            () -> partition.openPull(PullOptions.defaults(), NatsDriverTest::noTask, soon()))
        .isInstanceOf(QueueClosedException.class);
    closing.join();
  }

  private static LeasedDelivery noTask(Lease lease) {
    throw new IllegalStateException("no task is stored, but " + lease);
  }
}
