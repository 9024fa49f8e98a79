// SPDX-License-Identifier: Apache-2.0
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
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A partition that is deleted or denied while a puller uses it, and then restored. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class HealTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  @FunctionalInterface
  private interface Blow {
    void hit(JetStreamManagement management, NatsOptions options) throws Exception;
  }

  @Test
  void aDeletedConsumerIsAnErrorUntilItIsCreatedAgain() throws Exception {
    expectRecoveryAfter((management, options) -> management.deleteConsumer(options.stream(), "p"));
  }

  @Test
  void aDeletedStreamIsAnErrorUntilItIsCreatedAgain() throws Exception {
    expectRecoveryAfter((management, options) -> management.deleteStream(options.stream()));
  }

  @Test
  void aDeletedStreamIsRestoredForAProducer() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        for (int time = 1; time <= 2; time++) {
          admin.jetStreamManagement().deleteStream(options.stream());
          TestQueues.await("a push", () -> pushes(partition, Task.of("a", "")));
        }
        assertThat(queue.partition("p")).isSameAs(partition);
        try (Puller puller = partition.puller()) {
          assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("a");
        }
      }
    }
  }

  /** The restoration tries all partitions, here in the order of their names. */
  @Test
  void aPartitionThatCannotBeRestoredDoesNotStopOthers() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options)) {
        queue.partition("a");
        Partition other = queue.partition("b");
        JetStreamManagement management = admin.jetStreamManagement();
        ConsumerConfiguration spoilt =
            management.getConsumerInfo(options.stream(), "a").getConsumerConfiguration();
        management.addOrUpdateConsumer(
            options.stream(), ConsumerConfiguration.builder(spoilt).maxDeliver(3).build());
        management.deleteConsumer(options.stream(), "b");
        TestQueues.await("the other partition", () -> counts(other));
      }
    }
  }

  private static boolean counts(Partition partition) {
    try {
      return partition.stats().backlog() == 0;
    } catch (QueueUnavailableException notYet) {
      return false;
    }
  }

  @Test
  void aDeletedStreamOfDeadLettersIsRestored() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        Partition partition = queue.partition("p");
        TestQueues.pushed(partition, Task.of("a", ""));
        Delivery held = TestQueues.pull(puller, 1).get(0);
        admin.jetStreamManagement().deleteStream(options.stream() + "-dead");
        TestQueues.await("a dead letter", () -> becomesDead(held));
        assertThat(partition.deadLetters().list(2)).hasSize(1);
      }
    }
  }

  /** Twice in a row, because the mover must notice each loss. */
  @Test
  void aDeletedConsumerOfDelayedTasksIsRestored() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        for (String id : List.of("first", "second")) {
          Task delayed = Task.of(id, "").withDelay(Duration.ofSeconds(2));
          TestQueues.pushed(queue.partition("p"), delayed);
          admin.jetStreamManagement().deleteConsumer(options.stream(), "@later");
          List<Delivery> due = puller.pull(1, WAIT);
          assertThat(TestQueues.ids(due)).containsExactly(id);
          due.get(0).ack();
        }
      }
    }
  }

  private static boolean becomesDead(Delivery held) {
    try {
      return held.deadLetter("poison") != null;
    } catch (TaskQueueException notYet) {
      return false;
    }
  }

  private static boolean pushes(Partition partition, Task task) {
    try {
      return !partition.push(task).taskId().isEmpty();
    } catch (QueueUnavailableException notYet) {
      return false;
    }
  }

  private static void expectRecoveryAfter(Blow blow) throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
        blow.hit(admin.jetStreamManagement(), options);
        assertThatThrownBy(() -> pull.get(2, TimeUnit.MINUTES))
            .hasCauseInstanceOf(QueueUnavailableException.class);
        TestQueues.await("a pull that succeeds", () -> pulls(puller) == null);
        assertThat(queue.health().ready()).isTrue();
        TestQueues.pushed(queue.partition("p"), Task.of("back", ""));
        assertThat(TestQueues.ids(TestQueues.pull(puller, 1))).containsExactly("back");
      }
    }
  }

  @Test
  void aWaitingPullNoticesThatItsConsumerWasReplaced() throws Exception {
    try (NatsServer server = NatsServer.start();
        Connection admin = Jnats.connect(server.url())) {
      NatsOptions options = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
        admin.jetStreamManagement().deleteConsumer(options.stream(), "p");
        TestQueues.pushed(queue.partition("p"), Task.of("a", ""));
        List<Delivery> got = pull.handle((some, error) -> some).get(2, TimeUnit.MINUTES);
        List<String> ids = new ArrayList<>(got == null ? List.of() : TestQueues.ids(got));
        TestQueues.await("the task", () -> !ids.isEmpty() || ids.addAll(pulledBy(puller)));
        assertThat(ids).containsExactly("a");
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

  private static List<String> pulledBy(Puller puller) {
    try {
      return TestQueues.ids(puller.pull(1, Duration.ofMillis(50)));
    } catch (QueueUnavailableException notYet) {
      return List.of();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the error of a pull of an empty partition, or null. */
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
