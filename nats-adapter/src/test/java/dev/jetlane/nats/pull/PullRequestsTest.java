// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import io.nats.client.ConnectionListener.Events;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One request after the other: what it asks for, and how it ends. */
@Timeout(60)
class PullRequestsTest {

  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final RequestParts parts =
      new RequestParts(
          NatsOptions.defaults()
              .withQueue(TestQueues.config().withMaxOutstanding(8).withMaxDeliveries(3))
              .withRequestTimeout(Duration.ofSeconds(2)),
          PullOptions.defaults().withPrefetch(6));

  private final PullScene scene = parts.scene;
  private final PullContext context = parts.context;
  private final PullInbox inbox = parts.inbox;
  private final Deque<LeasedDelivery> kept = parts.kept;
  private final PullRequests requests = parts.requests;

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    scene.close();
  }

  private static PullBatch batch(int max) {
    return new PullBatch(max, 1_000);
  }

  private SentRequest send(PullRequests.Kind kind, PullBatch batch, long waitNanos) {
    return Objects.requireNonNull(requests.send(kind, batch, waitNanos, null));
  }

  private PullEnd fire(PullBatch batch) throws InterruptedException {
    return requests.fire(PullRequests.Kind.NOW, batch, 0);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "NOW     | 0        | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true} | 250",
        "SETTLED | 0        | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true,\"expires\":20000000} | 2020",
        "CONFIRM | 0        | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true,\"expires\":200000000} | 2200",
        "SOME    | 7000000  | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true,\"expires\":7000000} | 2007",
        "SOME    | 999999   | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true,\"expires\":1000000} | 2001",
        "SOME    | -5       | {\"batch\":5,\"max_bytes\":1000,\"no_wait\":true,\"expires\":1000000} | 2001",
        "ONE     | 7000000  | {\"batch\":1,\"expires\":7000000} | 2007"
      },
      delimiter = '|')
  void eachKindHasItsRequest(PullRequests.Kind kind, long wait, String body, long patience) {
    scene.status.recreated();
    scene.reconnect();
    scene.reconnect();
    SentRequest sent = send(kind, batch(5), wait);
    assertThat(scene.requests()).containsExactly(body);
    assertThat(sent.size()).isEqualTo(kind == PullRequests.Kind.ONE ? 1 : 5);
    assertThat(sent.patienceNanos()).isEqualTo(patience * MILLI);
    assertThat(sent.target()).isEqualTo(new RequestTarget(2, 1));
    assertThat(sent.reply()).isEqualTo(scene.server.lastReplyTo());
    assertThat(System.nanoTime() - sent.sentAtNanos()).isBetween(0L, TimeUnit.MINUTES.toNanos(1));
  }

  /** A larger request would stall: no more tasks can be outstanding. */
  @Test
  void aRequestIsNotLargerThanTheOutstandingTasks() {
    for (int max : new int[] {7, 8, 9}) {
      assertThat(send(PullRequests.Kind.NOW, batch(max), 0).size()).isEqualTo(Math.min(8, max));
    }
  }

  @Test
  void aRequestThatIsNotSentIsLost() throws Exception {
    scene.server.disconnect();
    assertThat(requests.send(PullRequests.Kind.NOW, batch(1), 0, null)).isNull();
    assertThat(fire(batch(1))).isEqualTo(PullEnd.LOST);
  }

  @Test
  void aFilledRequestEndsWithItsLastTask() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          scene.task(0, 1, 3, 5);
          scene.task(0, 2, 4, 4);
        };
    PullBatch batch = batch(2);
    assertThat(fire(batch)).isEqualTo(PullEnd.FILLED);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(batch.bytesLeft()).isEqualTo(1_000 - 7);
    assertThat(kept).isEmpty();
    assertThat(scene.deliveries).extracting(one -> one.lease.attempt()).containsExactly(1, 2);
  }

  @Test
  void theStatusOfAnotherRequestDoesNotEndThisOne() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          scene.end("_INBOX.other.1", 404, "No Messages");
          scene.end(reply, 409, "Batch Completed");
          scene.task();
          scene.end(reply, 404, "No Messages");
        };
    PullBatch batch = batch(2);
    assertThat(fire(batch)).isEqualTo(PullEnd.OVER);
    assertThat(batch.deliveries()).hasSize(1);
  }

  /** The wake of a close. */
  @Test
  void theStatusOfAnotherRequestMayBeAClose() {
    scene.onRequest =
        (reply, body) -> {
          parts.closed = true;
          scene.end("_INBOX.other.w", 400, "Bad Request");
        };
    AtomicInteger waits = new AtomicInteger();
    scene.server.onWait(waits::incrementAndGet);
    assertThatThrownBy(() -> fire(batch(2))).hasMessage("closed by the test");
    assertThat(waits).as("waits after the wake").hasValue(0);
  }

  /** It is larger than the whole limit: the next request is for it alone, once. */
  @Test
  void aTaskAboveTheLimitOfBytesIsRequestedAlone() throws Exception {
    scene.onRequest = (reply, body) -> scene.end(reply, 409, "Message Size Exceeds MaxBytes");
    assertThat(requests.isNextLarge(true)).isFalse();
    assertThat(fire(batch(5))).isEqualTo(PullEnd.FILLED);
    assertThat(requests.isNextLarge(true)).isTrue();
    scene.onRequest = (reply, body) -> scene.task(0, 1, 2_000, 0);
    PullBatch batch = batch(5);
    assertThat(fire(batch)).isEqualTo(PullEnd.FILLED);
    assertThat(batch.deliveries()).hasSize(1);
    assertThat(requests.isNextLarge(true)).isFalse();
    scene.onRequest = (reply, body) -> scene.end(reply, 404, "No Messages");
    assertThat(fire(batch(5))).isEqualTo(PullEnd.OVER);
    assertThat(scene.requests())
        .containsExactly(
            "{\"batch\":5,\"max_bytes\":1000,\"no_wait\":true}",
            "{\"batch\":1,\"no_wait\":true}",
            "{\"batch\":5,\"max_bytes\":1000,\"no_wait\":true}");
  }

  @Test
  void behindOtherTasksALargeOneWaitsForTheNextPull() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          scene.task();
          scene.end(reply, 409, "Message Size Exceeds MaxBytes");
        };
    assertThat(fire(batch(5))).isEqualTo(PullEnd.FILLED);
    assertThat(requests.isNextLarge(true)).isFalse();
    PullBatch some = batch(5);
    scene.onRequest = (reply, body) -> scene.task();
    assertThat(requests.fire(PullRequests.Kind.ONE, some, 0)).isEqualTo(PullEnd.FILLED);
    scene.onRequest = (reply, body) -> scene.end(reply, 409, "Message Size Exceeds MaxBytes");
    assertThat(fire(some)).isEqualTo(PullEnd.FILLED);
    assertThat(requests.isNextLarge(true)).isFalse();
  }

  /** Another priority has a task already. */
  @Test
  void aLargeTaskThatMayNotComeIsForgotten() throws Exception {
    scene.onRequest = (reply, body) -> scene.end(reply, 409, "Message Size Exceeds MaxBytes");
    assertThat(fire(batch(5))).isEqualTo(PullEnd.FILLED);
    assertThat(requests.isNextLarge(false)).isFalse();
    assertThat(requests.isNextLarge(true)).isFalse();
  }

  @Test
  void withoutAnAnswerARequestIsWithdrawnAndSilent() throws Exception {
    long began = System.nanoTime();
    assertThat(fire(batch(2))).isEqualTo(PullEnd.SILENT);
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(250 * MILLI);
    assertThat(scene.server.calls()).endsWith("drain");
  }

  /** The tasks that come during the withdrawal are part of the pull. */
  @Test
  void afterSomeTasksARequestStallsSoon() throws Exception {
    scene.onRequest = (reply, body) -> scene.task();
    scene.server.onExchange(
        () -> {
          scene.server.onExchange(() -> {});
          String unused = scene.task();
        });
    PullBatch batch = batch(5);
    long began = System.nanoTime();
    assertThat(requests.fire(PullRequests.Kind.SOME, batch, 60_000 * MILLI))
        .isEqualTo(PullEnd.STALLED);
    assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(50 * MILLI);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(scene.server.calls()).endsWith("drain");
  }

  /** It has stalled some time after its last task, not after its first one. */
  @Test
  void slowTasksFillARequest() throws Exception {
    scene.server.onWait(
        () -> {
          long untilNanos = PullScene.inMillis(30);
          while (System.nanoTime() - untilNanos < 0) {
            Thread.onSpinWait();
          }
          String unused = scene.task();
        });
    PullBatch batch = batch(4);
    assertThat(fire(batch)).isEqualTo(PullEnd.FILLED);
    assertThat(batch.deliveries()).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  void aWaitingRequestNoticesTrouble(Trouble trouble) throws Exception {
    PullBatch batch = batch(2);
    SentRequest sent = send(PullRequests.Kind.SOME, batch, 60_000 * MILLI);
    trouble.of(this);
    if (trouble.error == null) {
      assertThat(requests.collect(batch, sent)).isEqualTo(PullEnd.LOST);
    } else {
      assertThatThrownBy(() -> requests.collect(batch, sent))
          .isInstanceOf(trouble.error)
          .hasMessageContaining(trouble.text);
      assertThatThrownBy(requests::requireUsable).isInstanceOf(trouble.error);
    }
  }

  enum Trouble {
    RECONNECT(null, "") {
      @Override
      void of(PullRequestsTest test) {
        test.scene.reconnect();
      }
    },
    DISCONNECT(null, "") {
      @Override
      void of(PullRequestsTest test) {
        test.scene.server.disconnect();
      }
    },
    NEW_CONSUMER(null, "") {
      @Override
      void of(PullRequestsTest test) {
        test.scene.status.recreated();
      }
    },
    DEAD(QueueUnavailableException.class, "pull from partition p: the connection was closed") {
      @Override
      void of(PullRequestsTest test) {
        test.scene.server.close();
      }
    },
    CLOSED(QueueClosedException.class, "closed by the test") {
      @Override
      void of(PullRequestsTest test) {
        test.parts.closed = true;
      }
    },
    REQUEST_DENIED(PermissionDeniedException.class, "CONSUMER.MSG.NEXT.jetlane.p") {
      @Override
      void of(PullRequestsTest test) {
        test.deny("Publish", test.context.address.nextSubject);
      }
    },
    INBOX_DENIED(PermissionDeniedException.class, "_INBOX.") {
      @Override
      void of(PullRequestsTest test) {
        test.deny("Subscription", test.inbox.subject());
      }
    };

    final @Nullable Class<? extends Throwable> error;
    final String text;

    Trouble(@Nullable Class<? extends Throwable> error, String text) {
      this.error = error;
      this.text = text;
    }

    abstract void of(PullRequestsTest test);
  }

  private void deny(String what, String subject) {
    scene.wire.errorOccurred(
        scene.server.connection(),
        "Permissions Violation for %s to \"%s\"".formatted(what, subject));
  }

  /** Permissions may have been granted since. */
  @Test
  void aNewRequestForgetsTheDenialOfTheLastOne() {
    String unused = inbox.probe(context.address.nextSubject);
    deny("Publish", context.address.nextSubject);
    assertThat(requests.denied()).isEqualTo(context.address.nextSubject);
    assertThat(requests.send(PullRequests.Kind.NOW, batch(1), 0, null)).isNotNull();
    assertThat(requests.denied()).isNull();
    deny("Publish", context.address.nextSubject);
    requests.probe(PullScene.late());
    assertThat(requests.denied()).isNull();
  }

  /** Two pullers of one consumer would share its tasks. */
  @Test
  void theRequestToAnotherConsumerIsWithdrawn() throws Exception {
    PullBatch batch = batch(2);
    SentRequest sent = send(PullRequests.Kind.SOME, batch, 60_000 * MILLI);
    scene.status.recreated();
    scene.refuses = false;
    scene.server.onPublish(
        (reply, body) -> {
          String unused = scene.task();
          scene.end(reply, 400, "Bad Request");
        });
    assertThat(requests.collect(batch, sent)).isEqualTo(PullEnd.LOST);
    assertThat(batch.deliveries()).hasSize(1);
    assertThat(scene.server.calls()).endsWith("drain");
  }

  @Test
  void aUsedUpTaskIsNotHandedOut() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          scene.task(0, 3, 1, 0);
          scene.task(0, 4, 1, 0);
        };
    PullBatch batch = batch(2);
    assertThat(fire(batch)).isEqualTo(PullEnd.FILLED);
    assertThat(batch.deliveries()).hasSize(1);
    assertThat(batch.removeExhausted()).extracting(NatsLease::attempt).containsExactly(4);
  }

  /** Another client published to the inbox: there is nothing to settle. */
  @Test
  void aMessageThatIsNoTaskIsLeftAlone() throws Exception {
    scene.onRequest =
        (reply, body) -> {
          scene.server.bring("a", "", null);
          scene.server.bring("a", "elsewhere", null);
          scene.server.bring("a", null, null);
          scene.task();
          scene.end(reply, 404, "No Messages");
        };
    PullBatch batch = batch(8);
    assertThat(fire(batch)).isEqualTo(PullEnd.OVER);
    assertThat(batch.deliveries()).hasSize(1);
    assertThat(PullRequests.replySubject(scene.server.bring("a", null, null))).isEmpty();
  }

  @Test
  void aProbeEndsWithTheAnswer() {
    requests.probe(PullScene.late());
    assertThat(scene.sent("{")).containsExactly(context.address.nextSubject);
    scene.refuses = false;
    scene.server.onPublish((reply, body) -> scene.end(reply, 503, "No Responders"));
    assertThatThrownBy(() -> requests.probe(PullScene.late()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no responders on " + context.address.nextSubject);
    scene.server.onPublish((reply, body) -> scene.end(reply + "1", 400, "Bad Request"));
    assertThatThrownBy(() -> requests.probe(PullScene.inMillis(5)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no answer");
  }

  @Test
  void aProbeThatIsInterruptedOrNotSentSaysSo() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> requests.probe(PullScene.late()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    scene.server.disconnect();
    assertThatThrownBy(() -> requests.probe(PullScene.late()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    parts.closed = true;
    assertThatThrownBy(() -> requests.probe(PullScene.late()))
        .isInstanceOf(QueueClosedException.class);
  }

  @Test
  void aPullWaitsForTheNextConnectionUntilItsEnd() throws Exception {
    requests.awaitReconnect(System.nanoTime());
    scene.server.disconnect();
    assertThatThrownBy(() -> requests.awaitReconnect(PullScene.inMillis(10)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageStartingWith("pull from partition p: ");
    Thread returning =
        new Thread(
            () -> {
              scene.server.connect();
              scene.session.monitor.connectionEvent(scene.server.connection(), Events.RESUBSCRIBED);
            });
    returning.start();
    requests.awaitReconnect(PullScene.late());
    returning.join();
    long longAgo = System.nanoTime() - context.graceNanos;
    assertThatThrownBy(() -> requests.awaitReconnect(longAgo - MILLI))
        .as("long after the end of the wait")
        .hasMessageContaining("before the server could answer");
    scene.session.monitor.markClosed();
    parts.closed = true;
    assertThatThrownBy(() -> requests.awaitReconnect(PullScene.late()))
        .isInstanceOf(QueueClosedException.class);
  }

  @Test
  void tasksThatWaitAreTakenUpToTheRoom() throws Exception {
    String unused = inbox.probe(context.address.nextSubject);
    PullBatch all = batch(10);
    requests.takeQueued(all);
    all.clear();
    for (int i = 0; i < 3; i++) {
      unused = scene.task();
    }
    PullBatch batch = batch(2);
    requests.takeQueued(batch);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(inbox.queued()).isEqualTo(1);
    requests.takeQueued(batch);
    assertThat(batch.deliveries()).hasSize(2);
    requests.keepQueued();
    assertThat(kept).hasSize(1);
    requests.giveBackKept();
    assertThat(kept).isEmpty();
    assertThat(scene.naks()).hasSize(1);
    assertThat(scene.deliveries).filteredOn(one -> one.dropped.get() == 1).hasSize(1);
    requests.giveBackKept();
    assertThat(scene.naks()).hasSize(1);
    assertThat(List.copyOf(scene.deliveries)).hasSize(3);
  }
}
