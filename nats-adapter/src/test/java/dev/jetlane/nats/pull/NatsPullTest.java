// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The requests of one pull after the other, with and without prefetch. */
@Timeout(120)
class NatsPullTest {

  private static final String NONE = "404 No Messages";

  private final PullScene scene =
      new PullScene(
          NatsOptions.defaults()
              .withQueue(TestQueues.config().withMaxDeliveries(3))
              .withRequestTimeout(Duration.ofSeconds(1)));

  private final NatsPull puller = (NatsPull) scene.puller(PullOptions.defaults());
  private final NatsPull ahead = (NatsPull) scene.puller(PullOptions.defaults().withPrefetch(6));

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  /**
   * Answers the requests in order, each with a status, a number of tasks, or both; the later ones
   * with that of an empty queue.
   */
  private void script(String... answers) {
    List<String> left = new ArrayList<>(List.of(answers));
    scene.onRequest =
        (reply, body) -> {
          String answer = left.isEmpty() ? NONE : left.remove(0);
          int tasks = answer.startsWith("+") ? answer.charAt(1) - '0' : 0;
          for (int i = 0; i < tasks; i++) {
            scene.task();
          }
          if (answer.startsWith("x")) {
            scene.task(0, 4, 1, 0);
          }
          String status = answer.replaceFirst("^[+x]\\S* ?", "");
          if (!status.isEmpty()) {
            scene.end(reply, Integer.parseInt(status.substring(0, 3)), status.substring(4));
          }
        };
  }

  private List<Delivery> pull(int max, long untilNanos) throws InterruptedException {
    return puller.pull(max, 1_000, untilNanos);
  }

  private void expectKinds(String... parts) {
    assertThat(scene.requests()).hasSize(parts.length);
    for (int i = 0; i < parts.length; i++) {
      assertThat(scene.requests().get(i)).as("request %s", i).contains(parts[i]);
    }
  }

  private static final String NOW = ",\"no_wait\":true}";
  private static final String SETTLED = "\"no_wait\":true,\"expires\":20000000}";
  private static final String CONFIRM = "\"no_wait\":true,\"expires\":200000000}";

  @Test
  void aPullWithoutAWaitAsksOnceMoreAMomentLater() throws Exception {
    script();
    assertThat(pull(5, PullScene.now())).isEmpty();
    expectKinds(NOW, SETTLED);
  }

  @Test
  void aTaskOfTheSecondRequestIsHandedOut() throws Exception {
    script(NONE, "+1 " + NONE);
    assertThat(pull(5, PullScene.now())).hasSize(1);
    expectKinds(NOW, SETTLED);
  }

  @Test
  void aLongPullBeginsWithAWaitingRequest() throws Exception {
    script("408 Request Timeout", "408 Requests Pending", "408 Request Timeout", "+2 " + NONE);
    assertThat(pull(5, PullScene.late())).hasSize(2);
    expectKinds(
        "\"no_wait\":true,\"expires\":4000000000}",
        "\"no_wait\":true,\"expires\":4000000000}",
        "{\"batch\":1,\"expires\":4000000000}",
        "\"no_wait\":true,\"expires\":4000000000}");
  }

  /** After the available tasks a pull waits no longer than its time. */
  @Test
  void aShortPullWaitsForTheRestOfItsTime() throws Exception {
    script(NONE, "+1 " + NONE);
    assertThat(pull(5, PullScene.inMillis(150))).hasSize(1);
    assertThat(scene.requests().get(0)).contains(NOW);
    String second = scene.requests().get(1);
    long nanos = Long.parseLong(second.replaceAll("^.*\"expires\":|}$", ""));
    assertThat(nanos).isBetween(1L, TimeUnit.MILLISECONDS.toNanos(150));
  }

  @Test
  void aServerThatIsSilentTwiceIsGone() {
    scene.onRequest = (reply, body) -> {};
    assertThatThrownBy(() -> pull(5, PullScene.now()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no answer");
    expectKinds(NOW, CONFIRM);
    assertThat(scene.status.failedPull()).isNotNull();
  }

  /** At maxAckPending a server says nothing about available tasks. */
  @Test
  void aServerThatConfirmsAnEmptyQueueIsThere() throws Exception {
    script("", "408 Request Timeout");
    assertThat(pull(5, PullScene.now())).isEmpty();
    expectKinds(NOW, CONFIRM);
  }

  @Test
  void aServerInBetweenIsAskedAgainUntilTheEndOfTheWait() throws Exception {
    script("409 Leadership Change", "409 Server Shutdown", "+1 " + NONE);
    assertThat(pull(5, PullScene.late())).hasSize(1);
    expectKinds("expires", NOW, NOW);
    script("409 Leadership Change");
    assertThatThrownBy(() -> pull(5, PullScene.now()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("Leadership Change");
  }

  @Test
  void aUsedUpTaskBesideAnotherIsReplaced() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          if (scene.requests().size() == 1) {
            scene.task(0, 4, 1, 0);
          }
          scene.task();
        };
    assertThat(pull(2, PullScene.now())).hasSize(2);
    assertThat(scene.requests()).hasSize(2);
    assertThat(scene.requests().get(1)).startsWith("{\"batch\":1,");
  }

  /** It took a place in the batch, and one among the outstanding tasks. */
  @Test
  void behindAUsedUpTaskThePullGoesOn() throws Exception {
    script("x", "x", "+1");
    assertThat(pull(1, PullScene.now())).hasSize(1);
    expectKinds(NOW, NOW, NOW);
    assertThat(scene.exhausted).hasSize(2);
  }

  @Test
  void aFailedPullGivesBackAndTheNextOneBegins() throws Exception {
    script("+1", "+1 400 Bad Request");
    scene.onRequest =
        (reply, body) -> {
          scene.task();
          Thread.currentThread().interrupt();
        };
    assertThatThrownBy(() -> pull(2, PullScene.late())).isInstanceOf(InterruptedException.class);
    assertThat(scene.naks()).hasSize(1);
    assertThat(scene.sent("{")).as("tasks in flight are awaited").hasSize(1);
    assertThat(scene.server.calls()).contains("drain");
    script("+1");
    assertThat(pull(1, PullScene.late())).hasSize(1);
  }

  /** With prefetch they are for the next pull, in their order. */
  @Test
  void aFailedPullWithPrefetchKeepsItsTasks() throws Exception {
    List<String> replies = new ArrayList<>();
    scene.onRequest =
        (reply, body) -> {
          replies.add(scene.task());
          replies.add(scene.task());
          Thread.currentThread().interrupt();
        };
    assertThatThrownBy(() -> ahead.pull(5, 1_000, PullScene.late()))
        .isInstanceOf(InterruptedException.class);
    assertThat(scene.naks()).isEmpty();
    script();
    List<Delivery> one = ahead.pull(1, 1_000, PullScene.now());
    assertThat(PullScene.replies(one)).containsExactly(replies.get(0));
    List<Delivery> two = ahead.pull(1, 1_000, PullScene.now());
    assertThat(PullScene.replies(two)).containsExactly(replies.get(1));
    scene.onRequest =
        (reply, body) -> {
          scene.task();
          scene.session.monitor.markClosed();
          scene.end("_INBOX.other.w", 400, "Bad Request");
        };
    assertThatThrownBy(() -> ahead.pull(5, 1_000, PullScene.late()))
        .isInstanceOf(QueueClosedException.class);
    assertThat(scene.naks()).as("of a closed queue").hasSize(1);
  }

  @Test
  void keptTasksAreHandedOutWithinTheLimits() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          for (int i = 0; i < 4; i++) {
            scene.task(0, 1, 4, 0);
          }
          Thread.currentThread().interrupt();
        };
    assertThatThrownBy(() -> ahead.pull(5, 1_000, PullScene.late()))
        .isInstanceOf(InterruptedException.class);
    script();
    scene.deliveries.get(1).expired = true;
    assertThat(ahead.pull(5, 8, PullScene.now()))
        .containsExactly(scene.deliveries.get(0).delivery, scene.deliveries.get(2).delivery);
    assertThat(ahead.pull(5, 8, PullScene.now())).containsExactly(scene.deliveries.get(3).delivery);
    assertThat(ahead.pull(5, 8, PullScene.now())).isEmpty();
  }

  /** The first pull takes what it wants, then tasks are requested ahead. */
  @Test
  void afterItsTasksAPullRequestsMore() throws Exception {
    script("+1 " + NONE, "+3");
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    assertThat(scene.requests()).hasSize(2);
    assertThat(scene.requests().get(1)).startsWith("{\"batch\":6,");
    assertThat(ahead.pull(2, 1_000, PullScene.now())).hasSize(2);
    assertThat(scene.requests()).as("four of six are ahead").hasSize(2);
    script("408 Request Timeout");
    assertThat(ahead.pull(2, 1_000, PullScene.now())).hasSize(1);
    assertThat(scene.requests()).as("three of six are ahead").hasSize(3);
  }

  @Test
  void anEmptyPullRequestsNothingAhead() throws Exception {
    script();
    assertThat(ahead.pull(1, 1_000, PullScene.now())).isEmpty();
    expectKinds(NOW, SETTLED);
  }

  /** A puller without open requests fills its batch from the server. */
  @Test
  void aBatchWithRoomIsFilled() throws Exception {
    script("+1 " + NONE, "+1 408 Request Timeout", "+1 " + NONE);
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    scene.end(scene.server.lastReplyTo(), 408, "Request Timeout");
    assertThat(ahead.pull(5, 1_000, PullScene.now())).hasSize(2);
    assertThat(scene.requests().get(2)).contains(NOW).contains("\"batch\":4");
  }

  /** Its requests are lost with the old connection. */
  @Test
  void afterAReconnectNothingIsAhead() throws Exception {
    script("+1 " + NONE, "+0", "+1 " + NONE);
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    for (int i = 0; i < 2; i++) {
      scene.reconnect();
      script("+1 " + NONE, "+0");
      assertThat(ahead.pull(1, 1_000, PullScene.inMillis(30_000))).hasSize(1);
      int before = scene.requests().size();
      scene.task();
      assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
      assertThat(scene.requests()).as("five of six are ahead").hasSize(before);
    }
  }

  @Test
  void aCloseGivesBackTheTasksThatWait() throws Exception {
    script("+1 " + NONE, "+3");
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    ahead.close();
    assertThat(scene.naks()).hasSize(3);
    assertThat(scene.server.calls()).endsWith("flush");
    ahead.close();
    assertThat(scene.naks()).hasSize(3);
  }

  @Test
  void aCloseWithoutATaskFlushesNothing() throws Exception {
    script();
    assertThat(pull(1, PullScene.now())).isEmpty();
    puller.close();
    assertThat(scene.server.calls()).doesNotContain("flush");
  }

  @Test
  void aProbeThatFailsReleasesTheTurn() throws Exception {
    scene.refuses = false;
    assertThatThrownBy(() -> puller.connect(PullScene.inMillis(5)))
        .isInstanceOf(QueueUnavailableException.class);
    scene.refuses = true;
    puller.connect(PullScene.late());
    script("+1");
    assertThat(pull(1, PullScene.now())).hasSize(1);
  }

  /** The probe of an administrator leaves no subscription. */
  @Test
  void aCheckOfThePullersClosesItsOwn() {
    Pullers pullers = new Pullers(scene.session, scene.addresses, scene.status);
    pullers.probe(PullScene.late());
    assertThat(scene.server.calls()).contains("drain");
    scene.server.forgetCalls();
    scene.refuses = false;
    assertThatThrownBy(() -> pullers.probe(PullScene.inMillis(5)))
        .isInstanceOf(QueueUnavailableException.class);
    assertThat(scene.server.calls()).contains("drain");
  }

  @Test
  void onlyALongPullWithoutPrefetchWaitsWithoutAThread() {
    scene.onRequest = (reply, body) -> {};
    long shortNanos = PullScene.inMillis(150);
    assertThat(puller.pullIdly(1, 1, shortNanos, Completion.none())).isNull();
    assertThat(ahead.pullIdly(1, 1, PullScene.late(), Completion.none())).isNull();
    assertThat(puller.pullIdly(1, 1, PullScene.inMillis(1_000), Completion.none())).isNotNull();
  }

  /** The check of an idle puller holds the turn for a moment. */
  @Test
  void duringACheckAPullIsPatient() throws Exception {
    try (PullScene brief = new PullScene(TestQueues.config().withLease(Duration.ofSeconds(5)))) {
      NatsPull idle = (NatsPull) brief.puller(PullOptions.defaults().withPrefetch(5));
      assertThat(idle.patienceNanos()).isZero();
      brief.onRequest =
          (reply, body) -> {
            brief.task();
            if (body.contains("no_wait")) {
              brief.end(reply, 404, "No Messages");
            }
          };
      assertThat(idle.pull(1, 1_000, PullScene.now())).hasSize(1);
      List<Long> patience = new CopyOnWriteArrayList<>();
      brief.server.onPublish((reply, body) -> patience.add(idle.patienceNanos()));
      TestQueues.await("a task given back", () -> !patience.isEmpty());
      assertThat(patience).containsOnly(TimeUnit.SECONDS.toNanos(1));
      TestQueues.await("the end of the check", () -> idle.patienceNanos() == 0);
    }
  }

  /** A server may have assigned the available tasks to requests of this puller. */
  @Test
  void tasksOfItsOwnRequestsAreAwaitedForAMoment() throws Exception {
    script("+1 " + NONE, "", "408 Requests Pending");
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    scene.server.onWait(
        () -> {
          if (scene.requests().size() == 3) {
            scene.server.onWait(() -> {});
            scene.task();
          }
        });
    assertThat(ahead.pull(1, 1_000, PullScene.now())).hasSize(1);
    expectKinds(NOW, "\"batch\":6", NOW);
  }
}
