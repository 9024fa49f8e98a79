// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A blocking pull from a partition with priorities: its requests, and each of its ends. */
@Timeout(120)
class PriorityWaitTest {

  private static final int PRIORITIES = 2;

  private final PullScene scene = new PullScene(options());
  private final PartitionPull puller = scene.puller(PullOptions.defaults());

  /** The reply subjects of the waiting requests, in order. */
  private final List<String> waiting = new CopyOnWriteArrayList<>();

  private static NatsOptions options() {
    return NatsOptions.defaults()
        .withQueue(TestQueues.config().withMaxDeliveries(3).withPriorities(PRIORITIES))
        .withRequestTimeout(Duration.ofMillis(300));
  }

  private interface Waits {
    void at(String reply) throws Exception;
  }

  /** Answers that no task is available; the test answers the last of the waiting requests. */
  private void empty(Waits last) {
    waiting.clear();
    scene.onRequest =
        (reply, body) -> {
          if (body.contains("no_wait")) {
            scene.end(reply, 404, "No Messages");
          } else {
            waiting.add(reply);
            if (waiting.size() % PRIORITIES == 0) {
              last.at(reply);
            }
          }
        };
  }

  private void endAll(int code, String text) {
    waiting
        .subList(waiting.size() - PRIORITIES, waiting.size())
        .forEach(reply -> scene.end(reply, code, text));
  }

  private List<Delivery> pull(int max, long untilNanos) throws InterruptedException {
    return puller.pull(max, 1_000, untilNanos);
  }

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  private static long expires(String body) {
    return Long.parseLong(body.replaceAll("^.*\"expires\":|}$", ""));
  }

  private List<String> waitingBodies() {
    return scene.requests().stream().filter(body -> body.contains("expires")).toList();
  }

  /** A task that was pushed just now becomes visible a moment later. */
  @Test
  void aPullWithoutAWaitAllowsAMoment() throws Exception {
    empty(reply -> endAll(408, "Request Timeout"));
    assertThat(pull(3, PullScene.now())).isEmpty();
    assertThat(scene.requests()).hasSize(2 * PRIORITIES);
    assertThat(waitingBodies())
        .containsOnly("{\"batch\":1,\"expires\":20000000}")
        .hasSize(PRIORITIES);
    assertThat(scene.status.hasPulled()).isTrue();
  }

  @Test
  void aLongPullWaitsInSlicesThatGrowShorterAtTheEnd() throws Exception {
    empty(
        reply -> {
          if (waiting.size() >= 2 * PRIORITIES) {
            scene.task(1, 1, 1, 0);
          } else {
            endAll(408, "Request Timeout");
          }
        });
    assertThat(pull(1, PullScene.late())).hasSize(1);
    assertThat(waitingBodies()).hasSize(2 * PRIORITIES);
    assertThat(waitingBodies()).allMatch(body -> expires(body) == TimeUnit.SECONDS.toNanos(4));
    scene.server.forgetCalls();
    empty(
        reply -> {
          if (waiting.size() >= 2 * PRIORITIES) {
            scene.task(1, 1, 1, 0);
          } else {
            endAll(408, "Request Timeout");
          }
        });
    assertThat(pull(1, PullScene.inMillis(1_500))).hasSize(1);
    assertThat(expires(waitingBodies().get(0))).isLessThanOrEqualTo(1_500_000_000L);
    assertThat(expires(waitingBodies().get(0))).isGreaterThan(20_000_000L);
  }

  /** The highest priority is requested first, so that it wins if all have tasks. */
  @Test
  void theHighestPriorityWaitsFirst() throws Exception {
    empty(reply -> scene.task(0, 1, 1, 0));
    assertThat(pull(1, PullScene.late())).hasSize(1);
    List<String> subjects =
        scene.server.published().stream()
            .filter(one -> one.body().contains("expires"))
            .map(one -> one.subject())
            .toList();
    assertThat(subjects)
        .containsExactly(scene.addresses.get(1).nextSubject, scene.addresses.get(0).nextSubject);
  }

  @Test
  void onlyTheEndOfEachRequestEndsTheWait() throws Exception {
    empty(
        reply -> {
          scene.end(waiting.get(0), 404, "No Messages");
          scene.end(waiting.get(0), 404, "No Messages");
          scene.end("_INBOX.other.1", 404, "No Messages");
          scene.server.onWait(
              () -> {
                scene.server.onWait(() -> {});
                scene.task(0, 1, 1, 0);
              });
        });
    assertThat(pull(1, PullScene.now())).hasSize(1);
    assertThat(waiting).hasSize(PRIORITIES);
  }

  @Test
  void tasksThatComeTogetherAreHandedOutUpToTheRoom() throws Exception {
    empty(
        reply -> {
          scene.task(0, 1, 1, 0);
          scene.task(1, 1, 1, 0);
        });
    assertThat(pull(2, PullScene.late())).hasSize(2);
    assertThat(scene.naks()).isEmpty();
    empty(
        reply -> {
          scene.task(0, 1, 1, 0);
          scene.task(1, 1, 1, 0);
        });
    List<Delivery> one = pull(1, PullScene.late());
    assertThat(PullScene.replies(one).get(0)).startsWith(scene.addresses.get(1).ackPrefix);
    assertThat(scene.naks()).hasSize(1);
    assertThat(scene.naks().get(0)).startsWith(scene.addresses.get(0).ackPrefix);
    assertThat(scene.deliveries.stream().mapToInt(each -> each.dropped.get()).sum()).isEqualTo(1);
  }

  @Test
  void tasksThatCameWithTheOneThatEndedTheWaitAreRequested() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          if (!body.contains("no_wait")) {
            waiting.add(reply);
            if (waiting.size() == PRIORITIES) {
              scene.task(0, 1, 1, 0);
            }
          } else if (waiting.isEmpty()) {
            scene.end(reply, 404, "No Messages");
          } else {
            scene.task(1, 1, 1, 0);
          }
        };
    assertThat(pull(2, PullScene.late())).hasSize(2);
    assertThat(scene.requests().get(4)).startsWith("{\"batch\":1,");
  }

  @Test
  void usedUpTasksThatComeTogetherAreMovedAndThePullGoesOn() throws Exception {
    empty(
        reply -> {
          boolean second = waiting.size() > PRIORITIES;
          if (second) {
            assertThat(scene.exhausted).as("before the next wait").hasSize(1);
          }
          scene.task(1, second ? 1 : 4, 1, 0);
        });
    assertThat(pull(1, PullScene.late())).hasSize(1);
    assertThat(scene.exhausted).hasSize(1);
  }

  @Test
  void aServerInBetweenIsAskedAgain() throws Exception {
    empty(
        reply -> {
          if (waiting.size() == PRIORITIES) {
            scene.end(reply, 409, "Leadership Change");
          } else {
            scene.task(1, 1, 1, 0);
          }
        });
    assertThat(pull(1, PullScene.late())).hasSize(1);
    assertThat(waiting).hasSize(2 * PRIORITIES);
    scene.onRequest = (reply, body) -> scene.end(reply, 409, "Leadership Change");
    assertThatThrownBy(() -> pull(1, PullScene.now()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("Leadership Change");
  }

  @Test
  void aServerThatEndsNoRequestIsGone() {
    empty(reply -> {});
    long began = System.nanoTime();
    assertThatThrownBy(() -> pull(1, PullScene.now()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no answer");
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(320_000_000L);
    assertThat(scene.missed).hasValue(1);
  }

  @Test
  void anInterruptGivesBackWhatHasArrived() throws Exception {
    empty(
        reply -> {
          scene.task(0, 1, 1, 0);
          Thread.currentThread().interrupt();
        });
    assertThatThrownBy(() -> pull(1, PullScene.late())).isInstanceOf(InterruptedException.class);
    assertThat(scene.naks()).hasSize(1);
    assertThat(scene.server.calls()).contains("drain");
    empty(reply -> scene.task(0, 1, 1, 0));
    assertThat(pull(1, PullScene.late())).as("the next pull").hasSize(1);
  }

  @Test
  void aCloseEndsTheWait() throws Exception {
    CountDownLatch waits = new CountDownLatch(1);
    AtomicInteger later = new AtomicInteger();
    empty(
        reply ->
            scene.server.onWait(
                () -> {
                  waits.countDown();
                  TestQueues.await(
                      "the wake", () -> scene.server.subscription().getPendingMessageCount() > 0);
                  scene.server.onWait(later::incrementAndGet);
                }));
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                ended.completeExceptionally(
                    new AssertionError("pulled " + pull(1, PullScene.late())));
              } catch (QueueClosedException | InterruptedException e) {
                ended.complete(e);
              }
            });
    thread.start();
    assertThat(waits.await(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    puller.close();
    assertThat(ended.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(QueueClosedException.class);
    assertThat(scene.sent("{")).hasSize(1);
    assertThat(later).as("waits after the wake").hasValue(0);
    assertThat(scene.status.failedPull()).isNull();
  }

  @Test
  void eachPriorityIsProbedAndAFailureReleasesTheTurn() throws Exception {
    puller.connect(PullScene.late());
    assertThat(scene.sent("{"))
        .containsExactly(scene.addresses.get(0).nextSubject, scene.addresses.get(1).nextSubject);
    scene.refuses = false;
    assertThatThrownBy(() -> puller.connect(PullScene.inMillis(5)))
        .isInstanceOf(QueueUnavailableException.class);
    scene.onRequest = (reply, body) -> scene.task(1, 1, 1, 0);
    assertThat(pull(1, PullScene.now())).hasSize(1);
  }

  /** Their leases may expire while they wait for the next pull, or a pull has the turn. */
  @Test
  void keptTasksAreHandedOutWithinTheirLeaseOrGivenBackAfterAPull() throws Exception {
    SharedPull shared = (SharedPull) puller;
    for (boolean expired : new boolean[] {false, true}) {
      scene.deliveries.clear();
      scene.server.forgetCalls();
      empty(reply -> scene.task(0, 1, 1, 0));
      scene.server.onExchange(
          () -> {
            scene.server.onExchange(() -> {});
            scene.task(1, 1, 1, 0);
          });
      assertThat(
              puller
                  .pullAsync(2, 1_000, PullScene.late(), Completion.none())
                  .get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
          .hasSize(1);
      TestQueues.await("the task for the next pull", () -> scene.deliveries.size() == 2);
      if (expired) {
        scene.deliveries.get(1).expired = true;
        empty(reply -> endAll(408, "Request Timeout"));
        assertThat(pull(2, PullScene.now())).isEmpty();
        assertThat(scene.naks()).isEmpty();
      } else {
        assertThat(shared.turn.tryAcquire(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
        scene.pass(Duration.ofMillis(60));
        assertThat(scene.naks().size()).as("during a pull").isLessThanOrEqualTo(1);
        shared.turn.release();
        TestQueues.await("a task given back", () -> scene.naks().size() == 1);
      }
    }
  }

  /**
   * Answers that no task is available, and acts when the requests of all priorities wait.
   *
   * @param act receives the reply subjects of the waiting requests
   */
  private static void whenAllWait(PullScene scene, Consumer<List<String>> act) {
    List<String> open = new CopyOnWriteArrayList<>();
    scene.onRequest =
        (reply, body) -> {
          if (body.contains("no_wait")) {
            scene.end(reply, 404, "No Messages");
            return;
          }
          open.add(reply);
          if (open.size() == PRIORITIES) {
            act.accept(open);
          }
        };
  }

  /** A leaf node serves a request without a subscription: its tasks are awaited. */
  @Test
  void inADomainTheEndsOfTheOtherRequestsAreAwaited() throws Exception {
    try (PullScene domain = new PullScene(options().withDomain("hub"))) {
      PartitionPull there = domain.puller(PullOptions.defaults());
      whenAllWait(
          domain,
          open -> {
            domain.task(0, 1, 1, 0);
            domain.end("_INBOX.other.1", 408, "Request Timeout");
            domain.end(open.get(0), 408, "Request Timeout");
          });
      long began = System.nanoTime();
      assertThat(there.pull(1, 1_000, PullScene.late())).hasSize(1);
      assertThat(System.nanoTime() - began).as("after the last end").isLessThan(1_900_000_000L);
      assertThat(domain.requests()).anyMatch(body -> body.contains("\"expires\":200000000"));
      whenAllWait(
          domain,
          open -> {
            domain.task(0, 1, 1, 0);
            domain.later(
                Duration.ofMillis(50),
                () -> {
                  domain.task(1, 1, 1, 0);
                  domain.end(open.get(0), 408, "Request Timeout");
                });
          });
      assertThat(there.pull(2, 1_000, PullScene.late()))
          .as("with the task that came before the end")
          .hasSize(2);
    }
  }

  /** Each of them has a consumer of its own, with its own subject. */
  @Test
  void aDenialOfOnePriorityFailsThePull() {
    for (int priority = 0; priority < PRIORITIES; priority++) {
      String next = scene.addresses.get(priority).nextSubject;
      empty(
          reply ->
              scene.wire.errorOccurred(
                  scene.server.connection(),
                  "Permissions Violation for Publish to \"" + next + "\""));
      assertThatThrownBy(() -> pull(1, PullScene.late()))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageContaining(next);
    }
  }

  @Test
  void aConnectionThatIsLostBetweenTwoRequestsIsAwaited() throws Exception {
    empty(reply -> {});
    scene.onRequest =
        (reply, body) -> {
          if (body.contains("no_wait")) {
            scene.end(reply, 404, "No Messages");
          } else {
            scene.server.disconnect();
          }
        };
    scene.later(
        Duration.ofMillis(60),
        () -> {
          scene.onRequest = (reply, body) -> scene.task(1, 1, 1, 0);
          scene.reconnect();
        });
    assertThat(pull(1, PullScene.late())).hasSize(1);
    assertThatThrownBy(
            () -> {
              scene.server.disconnect();
              pull(1, PullScene.inMillis(20));
            })
        .isInstanceOf(QueueUnavailableException.class);
  }

  /** A task that was kept has a place in the next batch. */
  @Test
  void theNextPullRequestsOnlyWhatItHasRoomFor() throws Exception {
    empty(reply -> scene.task(0, 1, 1, 0));
    List<Long> patience = new CopyOnWriteArrayList<>();
    SharedPull shared = (SharedPull) puller;
    CountDownLatch timer = new CountDownLatch(1);
    scene.later(Duration.ZERO, () -> await(timer));
    scene.server.onExchange(
        () -> {
          scene.server.onExchange(() -> {});
          patience.add(shared.patienceNanos());
          scene.task(1, 1, 1, 0);
        });
    assertThat(
            puller
                .pullAsync(2, 1_000, PullScene.late(), Completion.none())
                .get(PullScene.SOON_SECONDS, TimeUnit.SECONDS))
        .hasSize(1);
    TestQueues.await("the task for the next pull", () -> scene.deliveries.size() == 2);
    assertThat(shared.turn.tryAcquire(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
    shared.turn.release();
    patience.add(shared.patienceNanos());
    assertThat(patience).as("until the next pull").containsOnly(1_000_000_000L).hasSize(2);
    scene.server.forgetCalls();
    empty(reply -> {});
    assertThat(pull(3, PullScene.now())).hasSize(1);
    assertThat(shared.patienceNanos()).as("after it").isZero();
    assertThat(scene.requests()).isNotEmpty().allMatch(body -> body.startsWith("{\"batch\":2,"));
    timer.countDown();
    assertThat(scene.naks()).isEmpty();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void inADomainAnInterruptIsKeptWhileTheEndsAreAwaited() throws Exception {
    try (PullScene domain = new PullScene(options().withDomain("hub"))) {
      PartitionPull there = domain.puller(PullOptions.defaults());
      whenAllWait(
          domain,
          open -> {
            domain.task(0, 1, 1, 0);
            domain.server.onWait(
                () -> {
                  domain.server.onWait(
                      () -> {
                        domain.server.onWait(() -> {});
                        domain.task(1, 1, 1, 0);
                      });
                  Thread.currentThread().interrupt();
                });
          });
      assertThat(there.pull(2, 1_000, PullScene.late())).hasSize(2);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(domain.naks()).isEmpty();
    }
  }
}
