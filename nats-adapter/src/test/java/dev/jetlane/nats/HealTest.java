package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A partition that is taken away under a puller, and given back. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class HealTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  @FunctionalInterface
  private interface Blow {
    void hit(JetStreamManagement management, NatsOptions options) throws Exception;
  }

  @Test
  void aDeletedConsumerIsAnErrorUntilThePartitionIsOpenedAgain() throws Exception {
    takesAway((management, options) -> management.deleteConsumer(options.stream(), "p"));
  }

  @Test
  void aDeletedStreamIsAnErrorUntilThePartitionIsOpenedAgain() throws Exception {
    takesAway((management, options) -> management.deleteStream(options.stream()));
  }

  private static void takesAway(Blow blow) throws Exception {
    try (NatsServer server = NatsServer.start();
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        Connection admin = Nats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server).withUrl(proxy.url());
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
        blow.hit(admin.jetStreamManagement(), options);
        assertThatThrownBy(() -> pull.get(2, TimeUnit.MINUTES))
            .hasCauseInstanceOf(QueueUnavailableException.class);
        long before = proxy.bytes(FaultProxy.Way.TO_SERVER);
        for (int i = 0; i < 5; i++) {
          // An error, and neither an empty list nor a loop that asks as fast as it can.
          assertThatThrownBy(() -> puller.pull(1, Duration.ofMillis(100)))
              .isInstanceOf(QueueUnavailableException.class);
        }
        assertThat(proxy.bytes(FaultProxy.Way.TO_SERVER) - before).isLessThan(20_000);
        assertThat(queue.health().ready()).isFalse();

        Partition again = queue.partition("p");
        assertThat(queue.health().ready()).isTrue();
        TestQueues.pushed(again, Task.of("back", ""));
        assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("back");
      }
    }
  }

  @Test
  void aPullThatWaitsWhileTheConsumerIsReplacedEndsOrGoesOnButIsNotDeaf() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Nats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
        admin.jetStreamManagement().deleteConsumer(options.stream(), "p");
        TestQueues.pushed(queue.partition("p"), Task.of("a", ""));
        List<Delivery> got = pull.handle((some, error) -> some).get(2, TimeUnit.MINUTES);
        if (got == null) {
          got = TestQueues.pull(puller, 1);
        }
        assertThat(TestQueues.ids(got)).containsExactly("a");
      }
    }
  }

  @Test
  void aPermissionThatIsRevokedIsAnErrorUntilItIsGrantedAgain() throws Exception {
    String all = users("\">\"");
    String less = users("\"$JS.ACK.>\", \"t.>\", \"$JS.API.CONSUMER.INFO.>\"");
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withText(all))) {
      assumeTrue(server.local(), "a server whose configuration cannot be reloaded");
      NatsOptions options =
          TestQueues.options(server)
              .withSubjectPrefix("t")
              .withUser("worker", "s3cr3t".toCharArray())
              .withInboxPrefix("_IN");
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        Partition partition = queue.partition("p");
        server.reload(less);
        TestQueues.await("denied", () -> pulls(puller) instanceof PermissionDeniedException);
        assertThat(pulls(puller)).isInstanceOf(PermissionDeniedException.class);

        server.reload(all);
        TestQueues.await("granted", () -> pulls(puller) == null);
        TestQueues.pushed(partition, Task.of("a", ""));
        assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("a");
        TestQueues.await("health", () -> queue.health().ready());
      }
    }
  }

  private static String users(String publish) {
    return "authorization { users = [ { user: worker, password: s3cr3t, permissions: { publish: ["
        + publish
        + "], subscribe: [\"_IN.>\"] } } ] }\n";
  }

  /** The error of a pull of an empty partition, or null. */
  private static @Nullable TaskQueueException pulls(Puller puller) {
    try {
      assertThat(puller.pull(1, Duration.ofMillis(50))).isEmpty();
      return null;
    } catch (TaskQueueException e) {
      return e;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
