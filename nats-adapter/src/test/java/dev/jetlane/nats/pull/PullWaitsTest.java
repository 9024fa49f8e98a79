// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a pull waits for each message: a wait that is too long outlasts the pull. */
@Timeout(60)
class PullWaitsTest {

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /** A few looks soon, because changes are likely then, and few later. */
  private static final List<Duration> GROWING =
      LongStream.of(20, 40, 80, 160, 320, 640, 1_000, 1_000).mapToObj(Duration::ofMillis).toList();

  private final RequestParts parts =
      new RequestParts(
          NatsOptions.defaults()
              .withQueue(TestQueues.config().withPriorities(2))
              .withRequestTimeout(Duration.ofSeconds(2)),
          PullOptions.defaults().withPrefetch(6));

  private final PullScene scene = parts.scene;
  private final PullContext context = parts.context;
  private final PullInbox inbox = parts.inbox;
  private final OpenRequests credits = parts.credits;
  private final PullRequests requests = parts.requests;

  @AfterEach
  void close() {
    scene.close();
  }

  private static PullBatch batch() {
    return new PullBatch(5, Long.MAX_VALUE);
  }

  /** Acts at the last of the growing waits. */
  private void atTheEnd(Runnable act) {
    AtomicInteger waits = new AtomicInteger();
    scene.server.onWait(
        () -> {
          if (waits.incrementAndGet() == GROWING.size()) {
            act.run();
          }
        });
  }

  @Test
  void theLooksOfALongWaitBecomeRare() {
    credits.requested("ahead", 6, PullScene.late());
    String unused = inbox.probe(context.address.nextSubject);
    atTheEnd(() -> parts.closed = true);
    PullBatch batch = batch();
    assertThatThrownBy(
            () -> {
              requests.takeQueued(batch);
              requests.awaitQueued(batch, PullScene.late());
            })
        .hasMessage("closed by the test");
    assertThat(scene.server.waits()).as("for tasks ahead").isEqualTo(GROWING);
    parts.closed = false;
    scene.server.forgetCalls();
    atTheEnd(() -> parts.closed = true);
    assertThatThrownBy(() -> requests.fire(PullRequests.Kind.SOME, batch, 60_000 * MILLI))
        .hasMessage("closed by the test");
    assertThat(scene.server.waits()).as("for the tasks of a request").isEqualTo(GROWING);
  }

  @Test
  void theLooksOfALongWaitForAnyPriorityBecomeRare() {
    PartitionPull puller = scene.puller(PullOptions.defaults());
    scene.onRequest =
        (reply, body) -> {
          if (body.contains("no_wait")) {
            scene.end(reply, 404, "No Messages");
          }
        };
    atTheEnd(() -> scene.server.close());
    assertThatThrownBy(() -> puller.pull(1, 1_000, PullScene.late()))
        .isInstanceOf(QueueUnavailableException.class);
    assertThat(scene.server.waits()).isEqualTo(GROWING);
  }

  private void expectAtMost(long millis) {
    expectAtMost(millis, scene);
  }

  private static void expectAtMost(long millis, PullScene scene) {
    assertThat(scene.server.waits()).isNotEmpty();
    assertThat(scene.server.waits())
        .as("waits, in a pull that ends after %s ms", millis)
        .allMatch(wait -> wait.toMillis() <= millis && !wait.isNegative());
    scene.server.forgetCalls();
  }

  /** The requests of a pull without a wait end after 20 ms, and the server has 70 ms to say so. */
  @Test
  void noWaitForAnyPriorityIsLongerThanItsPull() {
    NatsOptions brief =
        NatsOptions.defaults()
            .withQueue(TestQueues.config().withPriorities(2))
            .withRequestTimeout(Duration.ofMillis(70));
    try (PullScene other = new PullScene(brief)) {
      PartitionPull puller = other.puller(PullOptions.defaults());
      other.onRequest =
          (reply, body) -> {
            if (body.contains("no_wait")) {
              other.end(reply, 404, "No Messages");
            }
          };
      assertThatThrownBy(() -> puller.pull(1, 1_000, PullScene.now()))
          .isInstanceOf(QueueUnavailableException.class);
      expectAtMost(90, other);
    }
  }

  @Test
  void noWaitIsLongerThanItsPull() throws Exception {
    credits.requested("ahead", 6, PullScene.late());
    String unused = inbox.probe(context.address.nextSubject);
    PullBatch batch = batch();
    requests.takeQueued(batch);
    requests.awaitQueued(batch, PullScene.inMillis(90));
    expectAtMost(90);
    assertThat(requests.fire(PullRequests.Kind.NOW, batch, 0)).isEqualTo(PullEnd.SILENT);
    expectAtMost(250);
    scene.refuses = false;
    assertThatThrownBy(() -> requests.probe(PullScene.inMillis(15)))
        .isInstanceOf(QueueUnavailableException.class);
    expectAtMost(15);
  }

  /** The tasks that the server had left when it sent the last one are in flight. */
  @Test
  void behindTheFenceTheTasksInFlightAreAwaited() {
    for (int left : new int[] {0, 1}) {
      credits.requested("ahead", 6, PullScene.late());
      scene.refuses = false;
      scene.server.onPublish(
          (reply, body) -> {
            scene.task(0, 1, 1, left);
            scene.end(reply, 400, "Bad Request");
          });
      PullBatch batch = batch();
      scene.server.forgetCalls();
      requests.awaitSent(batch);
      assertThat(batch.deliveries()).hasSize(1);
      List<Duration> waits = scene.server.waits();
      assertThat(waits).hasSize(1);
      if (left == 0) {
        assertThat(waits).containsExactly(Duration.ofMillis(2));
      } else {
        assertThat(waits.get(0)).isBetween(Duration.ofMillis(10), Duration.ofMillis(250));
      }
      requests.takeBack(batch);
    }
  }
}
