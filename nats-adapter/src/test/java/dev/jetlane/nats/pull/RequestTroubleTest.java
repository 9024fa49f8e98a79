// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.testing.Pauses;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trouble at the moment of a request, of its withdrawal, or of a check of the consumer. */
@Timeout(60)
class RequestTroubleTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final Duration MOMENT = Duration.ofMillis(30);

  private static RequestParts parts(NatsOptions options) {
    return new RequestParts(
        options.withQueue(TestQueues.config()), PullOptions.defaults().withPrefetch(6));
  }

  private static void deny(RequestParts parts) {
    parts.scene.wire.errorOccurred(
        parts.scene.server.connection(),
        "Permissions Violation for Publish to \""
            + parts.scene.addresses.get(0).nextSubject
            + "\"");
  }

  private final RequestParts here = parts(NatsOptions.defaults());
  private final RequestParts domain = parts(NatsOptions.defaults().withDomain("hub"));

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    here.close();
    domain.close();
  }

  private static PullBatch batch(int max) {
    return new PullBatch(max, Long.MAX_VALUE);
  }

  /** The request may have reached the consumer or the connection before. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChangeDuringTheSendingOfARequestIsSeen(boolean consumer) throws Exception {
    here.scene.onRequest =
        (reply, body) -> {
          here.scene.onRequest = (other, later) -> {};
          if (consumer) {
            here.scene.status.recreated();
          } else {
            here.scene.reconnect();
          }
        };
    assertThat(here.requests.fire(PullRequests.Kind.SOME, batch(2), SECOND))
        .isEqualTo(PullEnd.LOST);
  }

  /** A leaf node serves the request after that: the task would be lost for a lease. */
  @Test
  void inADomainATaskOfASilentRequestIsAwaited() throws Exception {
    PullBatch batch = batch(1);
    domain.scene.later(Duration.ofMillis(350), domain.scene::task);
    assertThat(domain.requests.fire(PullRequests.Kind.NOW, batch, 0)).isEqualTo(PullEnd.SILENT);
    assertThat(batch.deliveries()).hasSize(1);
  }

  /** The server of the next connection does not know the request. */
  @Test
  void inADomainARequestIsAwaitedOnce() {
    PullBatch batch = batch(2);
    assertThat(domain.requests.send(PullRequests.Kind.SOME, batch, 60 * SECOND, null)).isNotNull();
    domain.scene.later(MOMENT, domain.scene::reconnect);
    domain.requests.awaitSent(batch);
    long began = System.nanoTime();
    domain.requests.awaitSent(batch);
    assertThat(System.nanoTime() - began).isLessThan(SECOND);
  }

  @Test
  void withoutAFenceAWithdrawalContinuesAndKeepsTheInterrupt() {
    PullBatch batch = batch(2);
    assertThat(here.requests.send(PullRequests.Kind.SOME, batch, 60 * SECOND, null)).isNotNull();
    here.scene.server.onPublish(
        (reply, body) -> {
          throw new IllegalStateException("the connection is down");
        });
    Thread.currentThread().interrupt();
    here.requests.awaitSent(batch);
    assertThat(Thread.interrupted()).isTrue();
    String unused = here.scene.task();
    here.requests.takeBack(batch);
    assertThat(batch.deliveries()).hasSize(1);
  }

  /** With the domain and the account of the stream in front of the numbers. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aTaskWithALongReplySubjectHasItsNumbers(int left) throws Exception {
    String reply =
        "$JS.ACK.hub.ACC.jetlane.p.3.42.7." + PullScene.STORED_AT_NANOS + "." + left + ".random";
    PullBatch batch = takenAhead("jetlane.p", reply, left);
    NatsLease lease = (NatsLease) batch.deliveries().get(0).lease();
    assertThat(lease.attempt()).isEqualTo(3);
    assertThat(lease.place()).isEqualTo("42-" + PullScene.STORED_AT_NANOS);
    assertThat(lease.replySubject()).isEqualTo(reply);
  }

  /** Takes a task of an open request; the server had others left when it sent it. */
  private PullBatch takenAhead(String subject, String reply, int left) throws InterruptedException {
    here.credits.requested("ahead", 6, PullScene.late());
    String unused = here.inbox.probe(here.scene.addresses.get(0).nextSubject);
    here.requests.takeQueued(batch(1));
    here.scene.server.forgetCalls();
    here.scene.server.bring(subject, reply, null);
    PullBatch batch = batch(5);
    here.requests.awaitQueued(batch, PullScene.late());
    assertThat(here.scene.server.waits())
        .as("the waits for %s tasks in flight", left)
        .isEqualTo(left == 0 ? List.of() : List.of(Duration.ofMillis(2)));
    return batch;
  }

  /** nats-server 2.9 and 2.10 join it with a part of the subject; the ack goes to the whole one. */
  @Test
  void aTornReplySubjectIsMadeWhole() throws Exception {
    String whole = here.scene.reply(0, 2, 8, 1);
    PullBatch batch = takenAhead("@priority.1", whole + "@jetlane.p.", 1);
    NatsLease lease = (NatsLease) batch.deliveries().get(0).lease();
    assertThat(lease.replySubject()).isEqualTo(whole);
    assertThat(lease.attempt()).isEqualTo(2);
    PullContext.giveBack(batch.deliveries().get(0));
    assertThat(here.scene.naks()).containsExactly(whole);
  }

  /** The close of a hundred pullers must not take a hundred such waits. */
  @Test
  void aServerThatStandsStillIsNotAwaited() {
    for (RequestParts parts : new RequestParts[] {here, domain}) {
      PullBatch batch = batch(2);
      parts.scene.server.onExchange(RequestTroubleTest::standStill);
      assertThat(parts.requests.send(PullRequests.Kind.NOW, batch, 0, null)).isNotNull();
      parts.requests.takeBack(batch);
      assertThat(parts.requests.send(PullRequests.Kind.NOW, batch, 0, null)).isNotNull();
      long began = System.nanoTime();
      parts.requests.awaitSent(batch);
      assertThat(System.nanoTime() - began).isLessThan(SECOND);
      assertThat(parts.scene.sent("{")).isEmpty();
    }
  }

  /** An exchange without an answer takes a second. */
  private static void standStill() {
    Pauses.work(Duration.ofSeconds(1));
  }

  /** Not after the whole deadline, and not as a partition that is gone. */
  @Test
  void aCheckOfTheConsumerSaysThatItIsDenied() {
    here.scene.refuses = false;
    here.scene.server.onPublish((reply, body) -> deny(here));
    assertThatThrownBy(() -> here.requests.probe(PullScene.inMillis(3_000)))
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining("partition p")
        .hasMessageContaining(here.scene.addresses.get(0).nextSubject);
  }

  @Test
  void aCloseEndsACheckOfTheConsumer() {
    here.scene.refuses = false;
    here.scene.server.onWait(() -> here.closed = true);
    assertThatThrownBy(() -> here.requests.probe(PullScene.inMillis(3_000)))
        .hasMessage("closed by the test");
  }
}
