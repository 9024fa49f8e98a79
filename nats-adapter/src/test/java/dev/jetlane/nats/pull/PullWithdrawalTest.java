// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PullOptions;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that may still bring tasks: they are awaited, withdrawn, and asked for ahead. */
@Timeout(60)
class PullWithdrawalTest {

  private static final int PREFETCH = 6;
  private static final Duration MOMENT = Duration.ofMillis(30);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /** A requester, here or in another domain. */
  private static RequestParts parts(NatsOptions options, long maxBytes) {
    return new RequestParts(
        options.withQueue(TestQueues.config()),
        PullOptions.defaults().withPrefetch(PREFETCH).withMaxBytes(maxBytes));
  }

  private static SentRequest ask(RequestParts parts, PullBatch batch) {
    return Objects.requireNonNull(
        parts.requests.send(PullRequests.Kind.SOME, batch, 60_000 * MILLI, null));
  }

  private final RequestParts here = parts(NatsOptions.defaults(), 1_000);
  private final RequestParts domain = parts(NatsOptions.defaults().withDomain("hub"), 1_000);

  @AfterEach
  void close() {
    boolean unused = Thread.interrupted();
    here.close();
    domain.close();
  }

  private static PullBatch batch(int max) {
    return new PullBatch(max, Long.MAX_VALUE);
  }

  /** The answer to a refused request proves that the server has served the earlier ones. */
  @Test
  void theTasksInFlightAreReceivedBeforeTheFence() {
    PullBatch batch = batch(5);
    ask(here, batch);
    here.scene.refuses = false;
    here.scene.server.onPublish(
        (reply, body) -> {
          String unused = here.scene.task();
          here.scene.end(reply, 400, "Bad Request");
          unused = here.scene.task();
        });
    here.requests.awaitSent(batch);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(here.scene.sent("{")).hasSize(1);
    here.requests.awaitSent(batch);
    assertThat(here.scene.sent("{")).as("a second fence").hasSize(1);
  }

  /** The server sends to a subscription from several threads. */
  @Test
  void aTaskRightBehindTheFenceIsReceivedToo() {
    PullBatch batch = batch(5);
    ask(here, batch);
    here.scene.refuses = false;
    here.scene.server.onPublish(
        (reply, body) -> {
          here.scene.end(reply, 400, "Bad Request");
          here.scene.server.onWait(
              () -> {
                here.scene.server.onWait(() -> {});
                String unused = here.scene.task();
              });
        });
    here.requests.awaitSent(batch);
    assertThat(batch.deliveries()).hasSize(1);
  }

  @Test
  void withoutAnOpenRequestThereIsNoFence() throws Exception {
    PullBatch batch = batch(1);
    here.requests.awaitSent(batch);
    here.scene.onRequest = (reply, body) -> here.scene.task();
    assertThat(here.requests.fire(PullRequests.Kind.NOW, batch, 0)).isEqualTo(PullEnd.FILLED);
    here.requests.awaitSent(batch);
    assertThat(here.scene.sent("{")).isEmpty();
  }

  /** A status that another reader took closes the request too. */
  @Test
  void aRequestThatTheServerHasEndedIsNotOpen() throws Exception {
    PullBatch batch = batch(5);
    SentRequest sent = ask(here, batch);
    here.scene.end("_INBOX.other.1", 404, "No Messages");
    here.requests.takeQueued(batch);
    here.scene.end(sent.reply(), 409, "Batch Completed");
    here.requests.takeQueued(batch);
    here.requests.awaitSent(batch);
    assertThat(here.scene.sent("{")).as("of an open request").hasSize(1);
    sent = ask(here, batch);
    here.scene.end(sent.reply(), 404, "No Messages");
    here.requests.takeQueued(batch);
    here.requests.awaitSent(batch);
    assertThat(here.scene.sent("{")).as("of an ended request").hasSize(1);
  }

  @Test
  void withoutAConnectionNothingIsAwaited() {
    PullBatch batch = batch(5);
    ask(here, batch);
    here.scene.server.disconnect();
    here.requests.awaitSent(batch);
    assertThat(here.scene.server.calls()).doesNotContain("publish {");
    assertThat(here.scene.sent("{")).isEmpty();
  }

  /** The server sends nothing more after a quarter of a second. */
  @Test
  void aServerThatDoesNotAnswerTheFenceIsNotAwaited() {
    PullBatch batch = batch(5);
    ask(here, batch);
    here.scene.refuses = false;
    Thread.currentThread().interrupt();
    long began = System.nanoTime();
    here.requests.awaitSent(batch);
    assertThat(System.nanoTime() - began).isLessThan(5_000 * MILLI);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptLosesNoTaskAndIsKept() {
    for (RequestParts parts : new RequestParts[] {here, domain}) {
      for (boolean before : new boolean[] {true, false}) {
        PullBatch batch = batch(2);
        ask(parts, batch);
        parts.scene.task();
        if (before) {
          Thread.currentThread().interrupt();
        } else {
          parts.scene.refuses = false;
          parts.scene.server.onPublish(
              (reply, body) -> {
                parts.scene.end(reply, 400, "Bad Request");
                Thread.currentThread().interrupt();
              });
        }
        if (parts == domain) {
          parts.scene.task();
        }
        parts.requests.awaitSent(batch);
        assertThat(Thread.interrupted())
            .as("interrupted before: %s, in a domain: %s", before, parts == domain)
            .isEqualTo(before || parts == here);
        assertThat(batch.deliveries()).hasSize(parts == here ? 1 : 2);
        parts.requests.takeBack(batch);
      }
    }
  }

  /** A leaf node serves a request without a subscription, so only its end withdraws it. */
  @Test
  void inADomainTheEndOfTheRequestIsAwaited() {
    PullBatch batch = batch(5);
    SentRequest sent = ask(domain, batch);
    domain.scene.later(
        MOMENT,
        () -> {
          domain.scene.task();
          domain.scene.end("_INBOX.other.1", 408, "Request Timeout");
        });
    domain.scene.later(
        MOMENT.multipliedBy(2),
        () -> {
          domain.scene.task();
          domain.scene.end(sent.reply(), 408, "Request Timeout");
        });
    domain.requests.awaitSent(batch);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(domain.scene.sent("{")).as("a fence does not help there").isEmpty();
    domain.requests.awaitSent(batch);
    assertThat(batch.deliveries()).hasSize(2);
  }

  @Test
  void inADomainALostConnectionEndsTheWait() {
    PullBatch batch = batch(5);
    ask(domain, batch);
    domain.scene.later(MOMENT, domain.scene::reconnect);
    long began = System.nanoTime();
    domain.requests.awaitSent(batch);
    assertThat(System.nanoTime() - began).isLessThan(1_900 * MILLI);
  }

  @Test
  void aWithdrawalTakesTheTasksAndForgetsTheCredits() {
    PullBatch batch = batch(2);
    ask(here, batch);
    here.credits.requested("ahead", 4, PullScene.late());
    for (int i = 0; i < 3; i++) {
      String unused = here.scene.task();
    }
    here.scene.end("_INBOX.other.1", 404, "No Messages");
    here.requests.takeBack(batch);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(here.kept).as("a task without room").hasSize(1);
    assertThat(here.credits.anyOpen()).isFalse();
    assertThat(here.credits.ahead()).isZero();
    assertThat(here.inbox.queued()).isZero();
  }

  /** They arrive before the other half is used up. */
  @Test
  void moreIsRequestedOnceHalfOfThePrefetchIsUsed() throws Exception {
    here.credits.requested("ahead", PREFETCH / 2 + 1, PullScene.late());
    here.requests.topUp();
    assertThat(here.scene.requests()).isEmpty();
    here.credits.received();
    here.requests.topUp();
    long aheadNanos = here.context.aheadNanos;
    assertThat(here.scene.requests())
        .containsExactly("{\"batch\":3,\"max_bytes\":500,\"expires\":" + aheadNanos + "}");
    assertThat(here.credits.ahead()).isEqualTo(PREFETCH);
    here.requests.topUp();
    assertThat(here.scene.requests()).hasSize(1);
    long graceNanos = here.context.graceNanos;
    here.credits.reset(0);
    here.requests.topUp();
    here.credits.expire(System.nanoTime() + aheadNanos + graceNanos / 2, 0);
    assertThat(here.credits.anyOpen()).as("before the end of its grace").isTrue();
    here.credits.expire(System.nanoTime() + aheadNanos + graceNanos, 0);
    assertThat(here.credits.anyOpen()).as("after its grace").isFalse();
  }

  @Test
  void keptTasksCountAsAhead() throws Exception {
    String unused = here.inbox.probe(here.context.address.nextSubject);
    for (int i = 0; i <= PREFETCH / 2; i++) {
      unused = here.scene.task();
    }
    here.requests.keepQueued();
    assertThat(here.kept).hasSize(PREFETCH / 2 + 1);
    here.requests.topUp();
    assertThat(here.scene.requests()).isEmpty();
    here.kept.clear();
    here.requests.topUp();
    assertThat(here.scene.requests()).hasSize(1);
    assertThat(here.credits.ahead()).isEqualTo(PREFETCH);
  }

  @Test
  void withoutAConnectionNoMoreIsRequested() {
    here.scene.server.disconnect();
    here.requests.topUp();
    assertThat(here.credits.ahead()).isZero();
    try (RequestParts tiny = parts(NatsOptions.defaults(), 1)) {
      tiny.requests.topUp();
      assertThat(tiny.scene.requests()).first().asString().contains("\"max_bytes\":1,");
    }
  }

  /** The tasks that the server had sent together are in flight together. */
  @Test
  void theTasksOfOneRequestAreTakenTogether() throws Exception {
    here.requests.topUp();
    String unused = here.scene.task(0, 1, 1, 1);
    PullBatch first = batch(5);
    here.requests.awaitQueued(first, PullScene.late());
    assertThat(first.deliveries()).as("what follows does not come in time").hasSize(1);
    AtomicInteger waits = new AtomicInteger();
    here.scene.server.onWait(
        () -> {
          here.scene.server.onWait(
              () -> {
                here.scene.server.onWait(waits::incrementAndGet);
                here.scene.task(0, 1, 1, 0);
              });
          here.scene.task(0, 1, 1, 1);
        });
    PullBatch second = batch(5);
    here.requests.awaitQueued(second, PullScene.late());
    assertThat(second.deliveries()).as("in flight").hasSize(2);
    assertThat(waits).as("waits behind the last task in flight").hasValue(0);
  }

  @Test
  void aWaitForTasksAheadEnds() throws Exception {
    here.requests.topUp();
    PullBatch batch = batch(5);
    here.requests.awaitQueued(batch, PullScene.inMillis(5));
    assertThat(batch.isEmpty()).isTrue();
    here.scene.later(MOMENT, here.scene::reconnect);
    long began = System.nanoTime();
    here.requests.awaitQueued(batch, PullScene.late());
    assertThat(System.nanoTime() - began)
        .as("before the expiry of the request")
        .isLessThan(here.context.aheadNanos);
    assertThat(batch.isEmpty()).isTrue();
    here.scene.endWithLeft(here.scene.server.lastReplyTo(), 408, "Request Timeout", PREFETCH);
    here.requests.awaitQueued(batch, PullScene.late());
    assertThat(here.credits.anyOpen()).as("an ended request").isFalse();
  }

  /** The server delivers it again. Each task has its own time of arrival. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTaskWhoseLeaseEndedInTheSubscriptionIsForgotten(boolean withdraws) throws Exception {
    Duration lease = Duration.ofMillis(100);
    here.scene.status.found(List.of(ConsumerConfiguration.builder().ackWait(lease).build()));
    PullContext brief = here.scene.context();
    PullInbox inbox = new PullInbox(here.scene.session, brief.leaseNanos);
    PullRequests requests = new PullRequests(brief, inbox, new OpenRequests(), here.kept, () -> {});
    here.scene.refuses = false;
    String unused = inbox.probe(brief.address.nextSubject);
    unused = here.scene.task();
    here.scene.pass(lease);
    inbox.observe();
    String open = here.scene.task();
    PullBatch batch = batch(5);
    if (withdraws) {
      requests.takeBack(batch);
    } else {
      requests.takeQueued(batch);
    }
    assertThat(PullScene.replies(batch.deliveries())).containsExactly(open);
    assertThat(here.kept).isEmpty();
  }

  /** The wake of a close is a status; a task that came with it is in the batch. */
  @Test
  void aCloseEndsTheWaitForTasksAhead() {
    here.requests.topUp();
    here.closed = true;
    here.scene.end("_INBOX.other.w", 400, "Bad Request");
    assertThatThrownBy(() -> here.requests.awaitQueued(batch(5), PullScene.late()))
        .hasMessage("closed by the test");
  }

  /** Otherwise a puller would count tasks that never come. */
  @Test
  void anEndedRequestIsCountedWithoutItsUnsentTasks() throws Exception {
    here.requests.topUp();
    String first = here.scene.server.lastReplyTo();
    here.credits.requested("second", 5, PullScene.late());
    here.scene.endWithLeft(first, 408, "Request Timeout", 4);
    PullBatch batch = batch(5);
    here.requests.takeQueued(batch);
    assertThat(here.credits.ahead()).isEqualTo(PREFETCH + 5 - 4);
    here.scene.end("second", 404, "No Messages");
    here.requests.takeQueued(batch);
    assertThat(here.credits.anyOpen()).isFalse();
    assertThat(here.credits.ahead()).isZero();
  }

  /** A later missing responder is temporary then. */
  @Test
  void aShutdownThatEndsARequestForTasksAheadIsRemembered() throws Exception {
    here.requests.topUp();
    here.scene.end(here.scene.server.lastReplyTo(), 409, "Server Shutdown");
    PullBatch batch = batch(5);
    here.requests.takeQueued(batch);
    here.scene.onRequest = (reply, body) -> here.scene.end(reply, 503, "No Responders");
    assertThat(here.requests.fire(PullRequests.Kind.NOW, batch, 0)).isEqualTo(PullEnd.AGAIN);
  }

  @Test
  void aTaskWithoutRoomIsKept() throws Exception {
    here.scene.onRequest =
        (reply, body) -> {
          here.scene.task(0, 1, 3, 0);
          here.scene.task(0, 1, 3, 0);
          here.scene.task(0, 1, 3, 0);
        };
    PullBatch batch = new PullBatch(3, 6);
    assertThat(here.requests.fire(PullRequests.Kind.NOW, batch, 0)).isEqualTo(PullEnd.FILLED);
    assertThat(batch.deliveries()).hasSize(2);
    assertThat(here.kept).hasSize(1);
  }

  /** A server that has brought all tasks sends no status. */
  @Test
  void inADomainAFilledRequestIsNotAwaited() {
    PullBatch batch = batch(2);
    ask(domain, batch);
    domain.scene.task();
    domain.scene.task();
    long began = System.nanoTime();
    domain.requests.awaitSent(batch);
    assertThat(System.nanoTime() - began).isLessThan(1_900 * MILLI);
    assertThat(batch.deliveries()).hasSize(2);
  }

  /** Its status may be lost. */
  @Test
  void anExpiredRequestForTasksAheadIsNotAwaited() throws Exception {
    here.credits.requested("ahead", 4, PullScene.inMillis(40));
    String unused = here.inbox.probe(here.context.address.nextSubject);
    long untilNanos = PullScene.inMillis(20_000);
    here.requests.awaitQueued(batch(5), untilNanos);
    assertThat(System.nanoTime() - untilNanos).as("after its expiry").isNegative();
  }

  @Test
  void aCloseThatSendsNoStatusEndsTheWaitToo() {
    here.requests.topUp();
    here.scene.server.onWait(() -> here.closed = true);
    assertThatThrownBy(() -> here.requests.awaitQueued(batch(5), PullScene.late()))
        .hasMessage("closed by the test");
  }
}
