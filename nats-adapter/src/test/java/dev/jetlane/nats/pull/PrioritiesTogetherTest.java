// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ScriptedConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of several priorities in one pull: what one learns, the others must know. */
@Timeout(60)
class PrioritiesTogetherTest {

  private static final int PRIORITIES = 2;

  @AutoClose private final PullScene scene = new PullScene(options());
  private final PartitionPull puller = scene.puller(PullOptions.defaults());

  private static NatsOptions options() {
    return NatsOptions.defaults()
        .withQueue(TestQueues.config().withMaxDeliveries(3).withPriorities(PRIORITIES))
        .withRequestTimeout(Duration.ofMillis(300));
  }

  /** Returns the priority of the last request. */
  private int asked() {
    List<ScriptedConnection.Published> all = scene.server.published();
    String subject = all.get(all.size() - 1).subject();
    return subject.equals(scene.addresses.get(1).nextSubject) ? 1 : 0;
  }

  /**
   * A server that shuts down ends the waiting requests one after the other, then its API. The pull
   * reads the first end only.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void afterAShutdownAMissingResponderOfAnyPriorityIsTemporary(int ended) throws Exception {
    List<String> waiting = new CopyOnWriteArrayList<>();
    AtomicInteger refused = new AtomicInteger();
    scene.onRequest =
        (reply, body) -> {
          if (!body.contains("no_wait")) {
            waiting.add(reply);
            if (waiting.size() == PRIORITIES) {
              scene.end(waiting.get(PRIORITIES - 1 - ended), 409, "Server Shutdown");
            }
          } else if (waiting.isEmpty()) {
            scene.end(reply, 404, "No Messages");
          } else if (refused.incrementAndGet() <= PRIORITIES) {
            scene.end(reply, 503, "No Responders");
          } else {
            scene.task(asked(), 1, 1, 0);
          }
        };
    assertThat(puller.pull(1, 1_000, PullScene.late())).hasSize(1);
    assertThat(scene.missed).as("reports of a missing consumer").hasValue(0);
    assertThat(scene.status.failedPull()).isNull();
  }

  /** The request of the deleted consumer is lost, and the server does not always end it. */
  @Test
  void theRequestsToAnotherConsumerAreSentAgain() throws Exception {
    List<String> waiting = new CopyOnWriteArrayList<>();
    scene.onRequest =
        (reply, body) -> {
          if (!body.contains("no_wait")) {
            waiting.add(reply);
            if (waiting.size() == PRIORITIES) {
              scene.later(Duration.ofMillis(20), scene.status::recreated);
            }
          } else if (waiting.isEmpty()) {
            scene.end(reply, 404, "No Messages");
          } else {
            scene.task(asked(), 1, 1, 0);
          }
        };
    assertThat(puller.pull(1, 1_000, PullScene.late())).hasSize(1);
    assertThat(waiting).hasSize(PRIORITIES);
    assertThat(scene.server.calls()).as("the withdrawal of the lost requests").contains("drain");
  }

  /** Not the last status of another priority. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theErrorNamesTheStatusOfThePriorityThatFailed(int failing) {
    scene.onRequest =
        (reply, body) -> {
          if (asked() == failing) {
            scene.end(reply, 409, "Leadership Change");
          } else {
            scene.end(reply, 404, "No Messages");
          }
        };
    assertThatThrownBy(() -> puller.pull(1, 1_000, PullScene.now()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageStartingWith("pull from partition p: ")
        .hasMessageContaining("Leadership Change");
  }

  /** Not its consumer, which has the number of the priority in its name. */
  @Test
  void aDenialNamesThePartition() {
    PullContext context = scene.context(1, PullOptions.defaults());
    PullInbox inbox = new PullInbox(scene.session, context.leaseNanos);
    PriorityLevel level = new PriorityLevel(context, inbox, () -> {});
    scene.onRequest =
        (reply, body) ->
            scene.wire.errorOccurred(
                scene.server.connection(),
                "Permissions Violation for Publish to \"" + context.address.nextSubject + "\"");
    assertThatThrownBy(() -> level.take(3, 1_000, true))
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageStartingWith("pull from partition p: ")
        .hasMessageContaining(context.address.nextSubject);
  }

  /** One above the limit is handed out alone or not at all. */
  @Test
  void aLargeTaskDoesNotJoinTheTasksOfAnotherPriority() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          if (asked() == 1) {
            scene.task(1, 1, 50, 0);
            scene.end(reply, 404, "No Messages");
          } else if (body.contains("max_bytes")) {
            scene.end(reply, 409, "Message Size Exceeds MaxBytes");
          } else {
            scene.task(0, 1, 500, 0);
          }
        };
    assertThat(puller.pull(4, 100, PullScene.now())).hasSize(1);
    assertThat(scene.requests()).hasSize(2).allMatch(body -> body.contains("max_bytes"));
  }

  /** It comes once, although it did not fit into the batch. */
  @Test
  void aTaskBeyondTheBatchIsFoundOnce() throws Exception {
    PullContext context = scene.context(1, PullOptions.defaults());
    PullInbox inbox = new PullInbox(scene.session, context.leaseNanos);
    PriorityLevel level = new PriorityLevel(context, inbox, () -> {});
    scene.onRequest =
        (reply, body) -> {
          for (int i = 0; i < 3; i++) {
            scene.task(1, 1, 3, 0);
          }
        };
    assertThat(level.take(3, 6, true)).isEqualTo(PullEnd.FILLED);
    assertThat(level.found).hasSize(3);
    scene.onRequest = (reply, body) -> scene.end(reply, 404, "No Messages");
    assertThat(level.take(3, 6, true)).isEqualTo(PullEnd.OVER);
    assertThat(level.found).hasSize(3).doesNotHaveDuplicates();
  }

  /** In a domain the ends of the other requests are awaited, but a lost connection ends none. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void inADomainALostConnectionEndsTheWithdrawal(boolean returns) throws Exception {
    try (PullScene domain = new PullScene(options().withDomain("hub"))) {
      PartitionPull there = domain.puller(PullOptions.defaults());
      List<String> waiting = new ArrayList<>();
      domain.onRequest =
          (reply, body) -> {
            if (body.contains("no_wait")) {
              domain.end(reply, 404, "No Messages");
              return;
            }
            waiting.add(reply);
            if (waiting.size() == PRIORITIES) {
              domain.task(0, 1, 1, 0);
              domain.later(
                  Duration.ofMillis(30), returns ? domain::reconnect : domain.server::disconnect);
            }
          };
      long began = System.nanoTime();
      List<Delivery> got = there.pull(1, 1_000, PullScene.late());
      assertThat(got).hasSize(1);
      assertThat(System.nanoTime() - began)
          .as("time without the requests that the server no longer knows")
          .isLessThan(TimeUnit.MILLISECONDS.toNanos(1_900));
    }
  }
}
