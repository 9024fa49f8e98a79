// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PullOptions;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ScriptedConnection;
import io.nats.client.Message;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An asynchronous pull that a defect ends, and a worker without a thread for its tasks. */
@Timeout(120)
class UnexpectedPullFailureTest {

  private static List<Delivery> result(DriverFuture<List<Delivery>> pull) throws Exception {
    return pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS);
  }

  /** A worker ends permanently if its queue is closed; after any other failure it pulls again. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anUnexpectedFailureIsNoClosedQueue(int priorities) throws Exception {
    try (PullScene scene = new PullScene(TestQueues.config().withPriorities(priorities))) {
      PartitionPull puller = scene.puller(PullOptions.defaults().withPrefetch(5));
      scene.onRequest =
          (reply, body) -> {
            throw new IllegalArgumentException("planted");
          };
      for (int i = 0; i < 2; i++) {
        DriverFuture<List<Delivery>> failed =
            puller.pullAsync(1, 1_000, PullScene.late(), Completion.none());
        assertThatThrownBy(() -> result(failed))
            .hasCauseInstanceOf(OutcomeUnknownException.class)
            .hasMessageContaining("planted");
      }
      scene.onRequest = (reply, body) -> scene.task(priorities - 1, 1, 1, 0);
      assertThat(result(puller.pullAsync(1, 1_000, PullScene.late(), Completion.none())))
          .as("the next pull")
          .hasSize(1);
    }
  }

  static Stream<Throwable> refusals() {
    return Stream.of(
        new RejectedExecutionException("closed"),
        new IllegalStateException("an executor of the user"),
        new NoClassDefFoundError("of an executor of the user"));
  }

  private static void refuse(Throwable refusal) {
    if (refusal instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) refusal;
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void withoutAThreadOfTheWorkerTheQueueTakesTheTask(Throwable refusal) throws Exception {
    try (PullScene scene = new PullScene()) {
      PartitionPull puller = scene.puller(PullOptions.defaults());
      puller.completeOn(step -> refuse(refusal));
      IdlePull pull = (IdlePull) puller.pullAsync(1, 1_000, PullScene.late(), Completion.none());
      TestQueues.await(
          "a request, and no step",
          () -> scene.requests().size() == 1 && scene.session.steps.getActiveCount() == 0);
      Message task =
          ScriptedConnection.message(
              scene.addresses.get(0).subject, scene.reply(0, 1, 9, 0), new byte[1], null);
      scene.server.bring(task);
      pull.came(task);
      assertThat(result(pull)).hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void withoutAThreadOfTheWorkerAPriorityPullHandsItsTaskOver(Throwable refusal) throws Exception {
    try (PullScene scene = new PullScene(TestQueues.config().withPriorities(2))) {
      PartitionPull puller = scene.puller(PullOptions.defaults());
      puller.completeOn(step -> refuse(refusal));
      AtomicInteger waiting = new AtomicInteger();
      scene.onRequest =
          (reply, body) -> {
            if (body.contains("no_wait")) {
              scene.end(reply, 404, "No Messages");
            } else if (waiting.incrementAndGet() == 2) {
              scene.task(0, 1, 1, 0);
            }
          };
      assertThat(result(puller.pullAsync(1, 1_000, PullScene.late(), Completion.none())))
          .hasSize(1);
      TestQueues.await("the withdrawal", () -> scene.server.calls().contains("drain"));
      assertThat(scene.naks()).isEmpty();
    }
  }
}
