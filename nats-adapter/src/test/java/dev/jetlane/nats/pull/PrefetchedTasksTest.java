// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks that are requested ahead, or that did not fit: the next pull takes them first. */
@Timeout(60)
class PrefetchedTasksTest {

  private static final int PREFETCH = 6;
  private static final String NONE = "No Messages";

  private final PullScene scene = new PullScene();
  private final NatsPull ahead =
      (NatsPull) scene.puller(PullOptions.defaults().withPrefetch(PREFETCH));

  @AfterEach
  void close() {
    scene.close();
  }

  /** Pulls one task; then a request for tasks ahead is open. */
  private static void openRequestAhead(PullScene scene, NatsPull puller) throws Exception {
    scene.onRequest =
        (reply, body) -> {
          if (scene.requests().size() == 1) {
            scene.task();
            scene.end(reply, 404, NONE);
          } else if (scene.requests().size() > 2) {
            scene.end(reply, 404, NONE);
          }
        };
    assertThat(puller.pull(1, 1_000, PullScene.now())).hasSize(1);
    assertThat(scene.requests()).hasSize(2);
  }

  /** Another request would lease more tasks than the prefetch. */
  @Test
  void anEmptyPullWaitsForTheOpenRequestInsteadOfAskingAgain() throws Exception {
    openRequestAhead(scene, ahead);
    scene.server.onWait(
        () -> {
          scene.server.onWait(() -> {});
          String unused = scene.task();
        });
    assertThat(ahead.pull(1, 1_000, PullScene.late())).hasSize(1);
    assertThat(scene.requests()).hasSize(2);
  }

  /** The new consumer or server does not know the request, which lasts for nine seconds. */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aLostRequestIsNotAwaited(boolean consumer, boolean during) throws Exception {
    openRequestAhead(scene, ahead);
    Runnable loss = consumer ? scene.status::recreated : scene::reconnect;
    scene.onRequest = (reply, body) -> scene.task();
    if (during) {
      scene.server.onWait(
          () -> {
            scene.server.onWait(() -> {});
            loss.run();
          });
    } else {
      loss.run();
    }
    long began = System.nanoTime();
    assertThat(ahead.pull(1, 1_000, PullScene.late())).hasSize(1);
    assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(5));
    assertThat(scene.requests().get(2)).startsWith("{\"batch\":1,");
  }

  @Test
  void besideAnOpenRequestABatchIsNotFilledByAnother() throws Exception {
    openRequestAhead(scene, ahead);
    for (int i = 0; i < 2; i++) {
      String unused = scene.task();
    }
    assertThat(ahead.pull(5, 1_000, PullScene.now())).hasSize(2);
    assertThat(scene.requests()).hasSize(2);
  }

  /** It would be delivered again after its lease, to no worker. */
  @Test
  void aUsedUpTaskBetweenOthersIsMoved() throws Exception {
    openRequestAhead(scene, ahead);
    String unused = scene.task(0, 1_000, 1, 0);
    unused = scene.task();
    assertThat(ahead.pull(5, 1_000, PullScene.now())).hasSize(1);
    assertThat(scene.exhausted).hasSize(1);
  }

  /** Its status may be lost; the puller would request nothing ahead while it counts on it. */
  @Test
  void anExpiredRequestCountsNoMore() throws Exception {
    NatsOptions brief =
        NatsOptions.defaults()
            .withQueue(TestQueues.config().withLease(Duration.ofSeconds(4)))
            .withRequestTimeout(Duration.ofMillis(50));
    try (PullScene other = new PullScene(brief)) {
      NatsPull puller =
          (NatsPull)
              other.puller(
                  PullOptions.defaults().withPrefetch(PREFETCH).withKeepFor(Duration.ofHours(1)));
      openRequestAhead(other, puller);
      other.pass(Duration.ofSeconds(2));
      puller.inbox.observe();
      String unused = other.task();
      assertThat(puller.pull(1, 1_000, PullScene.now())).hasSize(1);
      assertThat(other.requests()).as("a new request for tasks ahead").hasSize(3);
    }
  }

  /** The pull has its tasks already; the next one finds the lost connection. */
  @Test
  void aPullDoesNotFailBecauseNoMoreCanBeRequested() throws Exception {
    scene.server.onPublish(
        (reply, body) -> {
          if (scene.requests().size() > 1) {
            throw new IllegalStateException("the connection is down");
          }
          String unused = scene.task();
          scene.end(reply, 404, NONE);
        });
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    assertThat(scene.naks()).isEmpty();
    assertThat(scene.status.failedPull()).isNull();
  }

  /** Otherwise the leases of tasks that come between two pulls end too early. */
  @Test
  void theArrivalOfATaskIsAfterThePullBeforeIt() throws Exception {
    openRequestAhead(scene, ahead);
    for (int i = 0; i < 2; i++) {
      long before = System.nanoTime();
      String unused = scene.task();
      assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
      unused = scene.task();
      Delivery second = ahead.pull(1, 1_000, PullScene.now()).get(0);
      long endNanos = ((NatsLease) ((LeasedDelivery) second).lease()).endNanos();
      assertThat(endNanos - TestQueues.config().lease().toNanos() - before)
          .as("arrival after the look of the pull before, round %s", i)
          .isNotNegative();
    }
  }

  /** With or without a thread that waits. */
  @Test
  void aTaskThatDidNotFitComesFirstInTheNextPull() throws Exception {
    for (boolean idle : new boolean[] {false, true}) {
      scene.server.forgetCalls();
      scene.deliveries.clear();
      NatsPull puller = (NatsPull) scene.puller(PullOptions.defaults());
      scene.onRequest =
          (reply, body) -> {
            for (int i = 0; i < 3; i++) {
              scene.task(0, 1, 3, 0);
            }
          };
      assertThat(puller.pull(3, 6, PullScene.now())).hasSize(2);
      scene.onRequest = (reply, body) -> {};
      List<Delivery> next =
          idle
              ? puller
                  .pullAsync(3, 6, PullScene.late(), Completion.none())
                  .get(PullScene.SOON_SECONDS, TimeUnit.SECONDS)
              : puller.pull(3, 6, PullScene.late());
      assertThat(next).containsExactly(scene.deliveries.get(2).delivery);
      assertThat(scene.requests()).as("without a thread: %s", idle).hasSize(1);
    }
  }
}
