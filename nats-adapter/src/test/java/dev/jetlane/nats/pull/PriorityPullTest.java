package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.support.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pull that waits for a task of any priority. */
@Timeout(120)
class PriorityPullTest {

  private static final int PRIORITIES = 3;

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final AtomicInteger waiting = new AtomicInteger();
  private Session session;
  private List<PartitionAddress> addresses;
  private PartitionPull puller;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    NatsOptions options =
        NatsOptions.defaults().withQueue(TestQueues.config().withPriorities(PRIORITIES));
    session = new Session(TestQueues.settings(options), wire, DriverEvents.none());
    addresses = session.settings.layout().addresses("p");
    puller =
        new Pullers(session, addresses, new PartitionStatus(session.settings.queue()))
            .make(PullOptions.defaults(), IdlePullTest::delivery, closed -> {});
  }

  @AfterEach
  void close() {
    session.close();
  }

  private void nothingIsThere(String replyTo, String body) {
    if (body.contains("no_wait")) {
      var unused = server.bring(replyTo, "", new Status(404, "No Messages"));
    } else {
      waiting.incrementAndGet();
    }
  }

  private void aTaskIsThere(String replyTo, String body) {
    String prefix = addresses.get(PRIORITIES - 1).ackPrefix;
    var unused = server.bring("a", prefix + "1.7.7.1700000000000000000.0", null);
  }

  /** The requests of the old connection are lost, and the pull is not. */
  @Test
  void afterAReconnectItAsksAgain() throws Exception {
    server.onPublish(this::nothingIsThere);
    CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
                pull.complete(puller.pull(1, Long.MAX_VALUE, untilNanos));
              } catch (Throwable e) {
                pull.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await("a request for each priority", () -> waiting.get() == PRIORITIES);
    server.onPublish(this::aTaskIsThere);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(pull.get(60, TimeUnit.SECONDS)).hasSize(1);
  }
}
