// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PullOptions;
import dev.jetlane.Settlement;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each action on a lease: until when it waits, and what it does while the connection breaks. */
@Timeout(60)
class LeaseActionsTest {

  @AutoClose
  private final PullScene scene =
      new PullScene(
          NatsOptions.defaults()
              .withQueue(TestQueues.config().withMaxDeliveries(3))
              .withRequestTimeout(Duration.ofMinutes(1)));

  static Stream<LeaseAction> actions() {
    return Stream.of(
        LeaseAction.Ack.IN_TIME,
        LeaseAction.Ack.LATE,
        new LeaseAction.Nak(Duration.ZERO, PullScene.late()),
        new LeaseAction.Extend(PullScene.late()),
        new LeaseAction.PutBack(PullScene.late()),
        new LeaseAction.MoveToDeadLetters("bad", PullScene.late()));
  }

  /** Not by the deadline of another call that begins now. */
  @ParameterizedTest
  @MethodSource("actions")
  void eachActionEndsByTheDeadlineOfItsCall(LeaseAction action) {
    scene.confirms = false;
    scene.storing = null;
    NatsLease lease = scene.lease(scene.context(), 1, new Headers(), "payload");
    DriverFuture<Settlement> started =
        lease.start(action, Completion.none(), Urgency.PIPELINED, PullScene.inMillis(20));
    assertThatThrownBy(() -> started.get(5, TimeUnit.SECONDS))
        .as(action.describe())
        .hasCauseInstanceOf(TaskQueueException.class);
  }

  /** One that cannot be sent must not keep the others. */
  @Test
  void eachTaskOfAClosedPullerIsGivenBackAlthoughNoneCanBeSent() throws Exception {
    PartitionPull ahead = scene.puller(PullOptions.defaults().withPrefetch(6));
    scene.onRequest =
        (reply, body) -> {
          for (int i = 0; i < (body.contains("expires") ? 3 : 1); i++) {
            scene.task();
          }
          if (!body.contains("expires")) {
            scene.end(reply, 404, "No Messages");
          }
        };
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    scene.server.onPublish(
        (reply, body) -> {
          if (body.equals("-NAK")) {
            throw new IllegalStateException("the connection is down");
          }
        });
    ahead.close();
    assertThat(scene.naks()).hasSize(3).doesNotHaveDuplicates();
    List<String> before = scene.naks();
    ahead.close();
    assertThat(scene.naks()).as("a second close").isEqualTo(before);
  }
}
