// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PullOptions;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.TestQueues;
import io.nats.client.api.ConsumerConfiguration;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The checks that keep the leases of prefetched tasks: their beginning and their end. */
@Timeout(60)
class PrefetchCheckTest {

  private static final Duration LEASE = Duration.ofMillis(200);

  private static final PullOptions KEEPING =
      PullOptions.defaults()
          .withPrefetch(5)
          .withKeepFor(Duration.ofHours(1))
          .withKeepEvery(Duration.ofMillis(20));

  @AutoClose private final PullScene scene = new PullScene();
  private final Semaphore turn = new Semaphore(1);

  private PrefetchWatch watch() {
    PullContext context = scene.context(0, KEEPING);
    PullInbox inbox = new PullInbox(scene.session, context.leaseNanos);
    scene.refuses = false;
    String unused = inbox.probe(context.address.nextSubject);
    OpenRequests credits = new OpenRequests();
    Deque<LeasedDelivery> kept = new ArrayDeque<>();
    PullRequests requests = new PullRequests(context, inbox, credits, kept, () -> {});
    return new PrefetchWatch(context, requests, inbox, credits, turn);
  }

  /** Its lease begins with its arrival, not with the request or the last task. */
  @Test
  void aTaskThatComesAfterALongTimeIsNotTakenForAnExpiredOne() throws Exception {
    scene.status.found(List.of(ConsumerConfiguration.builder().ackWait(LEASE).build()));
    PrefetchWatch watch = watch();
    watch.start();
    for (int tasks = 1; tasks <= 2; tasks++) {
      int before = scene.deliveries.size();
      do { // Between its arrival and its check its lease can expire on a busy machine.
        scene.pass(LEASE.plusMillis(50));
        String unused = scene.task();
        scene.pass(LEASE);
      } while (scene.deliveries.size() == before);
    }
    watch.close();
  }

  /** Otherwise each puller that was ever opened stays in memory. */
  @Test
  void theTimerForgetsAClosedPuller() throws Exception {
    WeakReference<PrefetchWatch> closed = closed();
    scene.pass(Duration.ofMillis(50));
    TestQueues.await(
        "a timer without the closed puller",
        () -> {
          System.gc();
          return closed.get() == null;
        });
  }

  private WeakReference<PrefetchWatch> closed() {
    PrefetchWatch watch = watch();
    watch.start();
    watch.close();
    return new WeakReference<>(watch);
  }

  @Test
  void aConnectedPullerKeepsTheLeasesOfItsTasks() throws Exception {
    NatsPull puller = (NatsPull) scene.puller(KEEPING);
    puller.connect(PullScene.late());
    scene.onRequest =
        (reply, body) -> {
          scene.task();
          if (!body.contains("expires")) {
            scene.end(reply, 404, "No Messages");
          }
        };
    assertThat(puller.pull(1, 1_000, PullScene.now())).hasSize(1);
    TestQueues.await("a delivery without a pull", () -> scene.deliveries.size() == 2);
    puller.close();
    assertThat(scene.naks()).as("tasks that were not handed out").hasSize(1);
  }
}
