// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.pull.PartitionStatus;
import dev.jetlane.nats.pull.PullResults;
import dev.jetlane.nats.pull.Pullers;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.Session;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.support.JsonParser;
import io.nats.client.support.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks of one partition, without a server. */
@Timeout(60)
class PartitionHealthTest {

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
  private final List<PartitionAddress> addresses = session.settings.layout().addresses("p");
  private final PartitionStatus status = new PartitionStatus(session.settings.queue());
  private final PushWatch pushes = new PushWatch(session.pushPermits, session.monitor);
  private final PartitionHealth health =
      new PartitionHealth(
          session, addresses.get(0), status, new Pullers(session, addresses, status), pushes);
  private final AtomicInteger looks = new AtomicInteger();
  private final String next = addresses.get(0).nextSubject;
  private final QueueUnavailableException planted = new QueueUnavailableException("planted", null);

  @AfterEach
  void close() {
    session.close();
  }

  private @Nullable String problem(Runnable look) {
    return health.problem(
        () -> {
          looks.incrementAndGet();
          look.run();
        },
        System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
  }

  private static void denied() {
    throw new PermissionDeniedException("denied", null);
  }

  private void reconnect() {
    server.wire().monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
  }

  @Test
  void aConsumerThatIsFoundNeedsNoTrial() {
    server.script().forgetCalls();
    assertThat(problem(() -> {})).isNull();
    assertThat(problem(() -> {})).isNull();
    assertThat(looks.get()).isEqualTo(2);
    assertThat(server.script().calls()).isEmpty();
  }

  private void denyPulls() {
    String denial = "Permissions Violation for Publish to \"" + next + "\"";
    server
        .script()
        .onPublish((replyTo, body) -> server.wire().errorOccurred(server.connection(), denial));
  }

  private void permitPulls() {
    Status none = new Status(Status.NOT_FOUND_CODE, "No Messages");
    server.script().onPublish((replyTo, body) -> server.script().bring(replyTo, "", none));
  }

  private long trials() {
    return server.script().calls().stream().filter(call -> call.equals("publish " + next)).count();
  }

  /** Only a new connection can have other permissions; each one is asked and tried once. */
  @Test
  void aDeniedLookIsRepeatedOnlyOnAnotherConnection() {
    denyPulls();
    for (int epoch = 1; epoch <= 3; epoch++) {
      for (int time = 1; time <= 2; time++) {
        assertThat(problem(PartitionHealthTest::denied)).isNull();
      }
      assertThat(looks.get()).isEqualTo(epoch);
      assertThat(trials()).as("trial pulls").isEqualTo(epoch);
      reconnect();
    }
  }

  /** A client that may not ask for the consumer tries to pull, unless a pull succeeded lately. */
  @Test
  void aRecentPullNeedsNoTrial() {
    permitPulls();
    assertThat(problem(PartitionHealthTest::denied)).isNull();
    assertThat(trials()).isEqualTo(1);
    PullResults.pulled(status);
    assertThat(problem(PartitionHealthTest::denied)).isNull();
    assertThat(trials()).isEqualTo(1);
  }

  @Test
  void aFailedPullIsAProblemUntilAnotherOneSucceeds() {
    PullResults.failed(status, planted, 0);
    assertThat(problem(() -> {}))
        .matches(
            "partition p: the last pull failed \\d+ s ago \\(planted\\);"
                + " no pull has succeeded yet");
    PullResults.pulled(status);
    assertThat(problem(() -> {})).isNull();
    PullResults.failed(status, planted, 0);
    assertThat(problem(() -> {})).endsWith("the last successful pull ended 0 s ago");
    assertThat(trials()).isZero();
  }

  @Test
  void eachPullHasItsOwnAge() {
    PullResults.pulled(status);
    long secondNanos = TimeUnit.SECONDS.toNanos(1);
    TestQueues.await(
        "the age of a second", () -> System.nanoTime() - status.pulledAtNanos() >= secondNanos);
    PullResults.failed(status, planted, 0);
    assertThat(problem(() -> {}))
        .matches(".* failed \\d+ s ago .* the last successful pull ended [1-9]\\d* s ago");
  }

  /** Otherwise a paused worker would never be ready again. */
  @Test
  void aPullThatFailedOnAnotherConnectionIsTriedAgainAndForgotten() {
    PullResults.failed(status, planted, 0);
    reconnect();
    permitPulls();
    assertThat(problem(() -> {})).isNull();
    assertThat(trials()).isEqualTo(1);
    assertThat(status.failedPull()).isNull();
    assertThat(problem(() -> {})).isNull();
    assertThat(trials()).isEqualTo(1);
  }

  /** The trial proves nothing. */
  @Test
  void aPullThatFailedOnAnotherConnectionStaysAProblemWithoutATrial() {
    PullResults.failed(status, planted, 0);
    reconnect();
    denyPulls();
    for (int time = 1; time <= 2; time++) {
      assertThat(problem(() -> {})).contains("the last pull failed", "planted");
    }
  }

  @Test
  void aFailedTrialIsTheProblem() {
    server
        .script()
        .onPublish(
            (replyTo, body) ->
                server
                    .script()
                    .bring(replyTo, "", new Status(Status.NO_RESPONDERS_CODE, "No Responders")));
    for (int time = 1; time <= 2; time++) {
      assertThat(problem(PartitionHealthTest::denied)).contains("partition p");
      assertThat(trials()).isEqualTo(time);
    }
  }

  @Test
  void aFailedLookIsTheProblem() {
    String text =
        problem(
            () -> {
              throw new QueueUnavailableException("no answer", null);
            });
    assertThat(text).isEqualTo("no answer");
    assertThat(problem(() -> {})).isNull();
  }

  @ParameterizedTest
  @CsvSource({"unavailable, true", "unknown, true", "full, false"})
  void aFailedPushIsAProblemUntilAnotherOneSucceeds(String kind, boolean isProblem) {
    pushes.released(
        switch (kind) {
          case "unavailable" -> new QueueUnavailableException("planted", null);
          case "unknown" -> new OutcomeUnknownException("planted", null);
          default -> new QueueFullException("planted", null);
        });
    String problem = problem(() -> {});
    if (isProblem) {
      assertThat(problem).matches("partition p: the last push failed \\d+ s ago \\(planted\\)");
    } else {
      assertThat(problem).isNull();
    }
    pushes.released(null);
    assertThat(problem(() -> {})).isNull();
  }

  /** Otherwise a client that pushes nothing more would never be ready again. */
  @Test
  void aPushThatFailedLongAgoIsNoProblem() {
    pushes.released(planted);
    assertThat(problem(() -> {})).contains("the last push failed");
    PartitionHealth later =
        new PartitionHealth(
            session, addresses.get(0), status, new Pullers(session, addresses, status), pushes, 0);
    assertThat(later.problem(() -> {}, System.nanoTime() + TimeUnit.MINUTES.toNanos(1))).isNull();
  }

  /** A check for which everything was long ago. */
  private @Nullable String problemLater(Runnable look) {
    Pullers pullers = new Pullers(session, addresses, status);
    return later(pullers).problem(look, System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
  }

  private PartitionHealth later(Pullers pullers) {
    return new PartitionHealth(session, addresses.get(0), status, pullers, pushes, 0);
  }

  /** Otherwise a paused worker would never be ready again. */
  @Test
  void aPullThatFailedLongAgoIsTriedAgain() {
    permitPulls();
    PullResults.failed(status, planted, 0);
    assertThat(problemLater(() -> {})).isNull();
    assertThat(trials()).isEqualTo(1);
    assertThat(status.failedPull()).isNull();
    assertThat(problemLater(() -> {})).isNull();
    assertThat(trials()).as("a consumer that is found needs no trial").isEqualTo(1);
  }

  @Test
  void anOldSuccessIsTriedAgainByAClientThatMayNotLook() {
    permitPulls();
    PullResults.pulled(status);
    for (int time = 1; time <= 2; time++) {
      assertThat(problemLater(PartitionHealthTest::denied)).isNull();
      assertThat(trials()).isEqualTo(time);
    }
  }

  /** The failed pull counts until a pull or a trial succeeds. */
  @Test
  void aFailedTrialAfterAFailedPullIsTheProblemAndForgetsNothing() {
    Status none = new Status(Status.NO_RESPONDERS_CODE, "No Responders");
    server.script().onPublish((replyTo, body) -> server.script().bring(replyTo, "", none));
    PullResults.failed(status, planted, 0);
    for (int time = 1; time <= 2; time++) {
      assertThat(problemLater(() -> {})).contains("partition p").doesNotContain("planted");
      assertThat(trials()).isEqualTo(time);
      assertThat(status.failedPull()).isNotNull();
    }
  }

  /** The push is named first, and a failed look before both. */
  @Test
  void theFirstOfSeveralProblemsIsNamed() {
    PullResults.failed(status, planted, 0);
    pushes.released(planted);
    assertThat(problem(() -> {})).contains("the last push failed");
    assertThat(
            problem(
                () -> {
                  throw new QueueUnavailableException("no answer", null);
                }))
        .isEqualTo("no answer");
    pushes.released(null);
    assertThat(problem(() -> {})).contains("the last pull failed");
    assertThat(trials()).isZero();
  }

  @Test
  void aPushThatFailedOnAnotherConnectionIsNoProblem() {
    pushes.released(new QueueUnavailableException("planted", null));
    reconnect();
    assertThat(problem(() -> {})).isNull();
  }

  @Test
  void aWarningIsNewOnceUntilItEnds() {
    for (int round = 1; round <= 2; round++) {
      health.warn("first");
      assertThat(health.begun()).isEqualTo("first");
      assertThat(health.begun()).isNull();
      health.warn("second");
      assertThat(health.begun()).as("another text of the same trouble").isNull();
      assertThat(health.warning()).isEqualTo("second");
      health.warn(null);
      assertThat(health.begun()).isNull();
      assertThat(health.warning()).isNull();
    }
    health.warn("brief");
    health.warn(null);
    assertThat(health.begun()).as("a warning that ended before its report").isEqualTo("brief");
  }

  @ParameterizedTest
  @CsvSource({
    "10, 9, false, ''",
    "10, 10, false, p has 10 outstanding tasks",
    "10, 11, false, p has 11 outstanding tasks",
    "-1, 11, false, ''",
    "10, 10, true, p is paused",
    "10, 0, true, p is paused"
  })
  void thePartitionIsAtItsLimitExactlyAtTheLimit(
      int limit, int outstanding, boolean paused, String text) throws Exception {
    String json =
        "{\"stream_name\":\"s\",\"name\":\"p\",\"config\":{\"max_ack_pending\":%d},"
            + "\"num_ack_pending\":%d,\"paused\":%b}";
    ConsumerInfo info =
        new ConsumerInfo(JsonParser.parse(json.formatted(limit, outstanding, paused)));
    String warning = PartitionHealth.warning(addresses.get(0), info);
    if (text.isEmpty()) {
      assertThat(warning).isNull();
    } else {
      assertThat(warning).startsWith("partition " + text);
    }
  }
}
