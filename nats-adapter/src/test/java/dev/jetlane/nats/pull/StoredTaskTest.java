// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tasks that an administrator takes out of a partition. */
@Timeout(60)
class StoredTaskTest {

  private static final String DEADLINE = "2030-01-01T00:00:00Z";

  @AutoClose private final PullScene scene = new PullScene();

  /** The server has no more tasks. */
  @BeforeEach
  void endEachRequest() {
    endsWith(404, "No Messages");
  }

  private void endsWith(int code, String text) {
    scene.onRequest = (replyTo, body) -> scene.end(replyTo, code, text);
  }

  private String bring(String... namesAndValues) {
    Headers headers = new Headers();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    String reply = scene.reply(0, 1, 7, 0);
    scene.server.bring(
        NatsMessage.builder()
            .subject(scene.addresses.get(0).subject)
            .replyTo(reply)
            .headers(headers)
            .data("payload".getBytes(StandardCharsets.UTF_8))
            .build());
    return reply;
  }

  private List<StoredTask> pull() throws Exception {
    return StoredTask.pull(scene.session, scene.addresses.get(0), 5);
  }

  @Test
  void aTaskHasTheContentsOfItsMessage() throws Exception {
    String reply = bring(WireHeaders.MESSAGE_ID, "p/t", "k", "v", WireHeaders.DEADLINE, DEADLINE);
    scene.server.bring("another", "elsewhere", null);
    List<StoredTask> tasks = pull();
    assertThat(tasks).hasSize(1);
    StoredTask task = tasks.get(0);
    assertThat(task.taskId()).isEqualTo("t");
    assertThat(task.payload()).asString().isEqualTo("payload");
    assertThat(task.place()).isEqualTo("7-" + PullScene.STORED_AT_NANOS);
    assertThat(task.headers()).isEqualTo(Map.of("k", "v", WireHeaders.DEADLINE, DEADLINE));
    task.headers().put("other", "w");
    assertThat(task.headers()).hasSize(2);
    assertThat(task.removal().subject()).isEqualTo(reply);
    assertThat(task.removal().body()).asString().isEqualTo("+ACK");
    assertThat(scene.session.requests.call(task.removal(), PullScene.late()))
        .isEqualTo(Settlement.SETTLED);
    assertThat(scene.requests())
        .containsExactly("{\"batch\":5,\"no_wait\":true,\"expires\":500000000}");
  }

  @Test
  void aPushIsSinceItsOwnTime() throws Exception {
    bring(WireHeaders.MESSAGE_ID, "p/t");
    bring(WireHeaders.MESSAGE_ID, "p!moved-1");
    List<StoredTask> tasks = pull();
    Instant storedAt = Instant.ofEpochSecond(0, PullScene.STORED_AT_NANOS);
    assertThat(tasks.get(0).wasPushedSince(storedAt)).isTrue();
    assertThat(tasks.get(0).wasPushedSince(storedAt.minusNanos(1))).isTrue();
    assertThat(tasks.get(0).wasPushedSince(storedAt.plusNanos(1))).isFalse();
    assertThat(tasks.get(1).wasPushedSince(storedAt)).as("a task that was moved").isFalse();
  }

  private void deny(String subject) {
    scene.wire.errorOccurred(
        scene.server.connection(), "Permissions Violation for Publish to \"" + subject + "\"");
  }

  /** The refusal of an earlier pull does not count, since permissions may have been granted. */
  @Test
  void aDeniedPullIsNotAnEmptyPartition() throws Exception {
    String next = scene.addresses.get(0).nextSubject;
    deny(next);
    assertThat(pull()).isEmpty();
    for (boolean ofInbox : new boolean[] {false, true}) {
      List<String> denied = new ArrayList<>();
      scene.onRequest =
          (replyTo, body) -> {
            denied.add(ofInbox ? replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*" : next);
            deny(denied.get(0));
          };
      assertThatThrownBy(this::pull)
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageContaining("partition p")
          .hasMessageContaining(denied.get(0));
    }
  }

  /**
   * The server ends a request after half a second, which a slow connection reports later: the tasks
   * that it brings are leased.
   */
  @Test
  void aPullOverASlowConnectionWaitsForTheEndOfItsRequest() throws Exception {
    scene.onRequest =
        (replyTo, body) ->
            scene.later(
                Duration.ofMillis(700),
                () -> {
                  bring(WireHeaders.MESSAGE_ID, "p/late");
                  scene.end(replyTo, 408, "Request Timeout");
                });
    assertThat(pull()).extracting(StoredTask::taskId).containsExactly("late");
  }

  /** As on a server that stays silent. */
  @Test
  void aPullWithoutAnEndReturnsWhatHasArrivedAfterTheTimeout() throws Exception {
    Duration timeout = Duration.ofMillis(100);
    try (PullScene brief = new PullScene(NatsOptions.defaults().withRequestTimeout(timeout))) {
      long beganNanos = System.nanoTime();
      brief.onRequest = (replyTo, body) -> brief.task();
      assertThat(StoredTask.pull(brief.session, brief.addresses.get(0), 5)).hasSize(1);
      assertThat(Duration.ofNanos(System.nanoTime() - beganNanos))
          .isGreaterThan(Duration.ofMillis(600));
    }
  }

  /** The tasks end the wait: the server reports no end of a request that it has filled. */
  @Test
  void aFilledRequestNeedsNoEnd() throws Exception {
    scene.onRequest =
        (replyTo, body) -> {
          for (int i = 0; i < 5; i++) {
            bring(WireHeaders.MESSAGE_ID, "p/t" + i);
          }
        };
    assertThat(pullIsQuick()).hasSize(5);
  }

  /** Pulls, and does not wait for the end of the request. */
  private List<StoredTask> pullIsQuick() throws Exception {
    long beganNanos = System.nanoTime();
    List<StoredTask> tasks = pull();
    assertThat(Duration.ofNanos(System.nanoTime() - beganNanos))
        .as("the time of a pull")
        .isLessThan(scene.session.settings.requestTimeout());
    return tasks;
  }

  /** The tasks arrive after this status, and the end of another request says nothing. */
  @Test
  void onlyTheEndOfTheRequestEndsThePull() throws Exception {
    scene.onRequest =
        (replyTo, body) -> {
          scene.end(replyTo, 409, "Batch Completed");
          scene.end("another", 404, "No Messages");
          bring(WireHeaders.MESSAGE_ID, "p/t");
          scene.end(replyTo, 404, "No Messages");
          bring(WireHeaders.MESSAGE_ID, "p/behind");
        };
    assertThat(pull())
        .as("also the task that arrives before the subscription ends")
        .extracting(StoredTask::taskId)
        .containsExactly("t", "behind");
  }

  /** The next exchange of the move reports it. */
  @Test
  void aLostConnectionEndsThePull() throws Exception {
    scene.onRequest =
        (replyTo, body) -> {
          bring(WireHeaders.MESSAGE_ID, "p/t");
          scene.server.disconnect();
        };
    assertThat(pullIsQuick()).hasSize(1);
    scene.server.connect();
    scene.onRequest = (replyTo, body) -> scene.reconnect();
    assertThat(pullIsQuick()).as("a pull whose request the new server does not know").isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"409, Consumer Deleted", "503, No Responders", "500, planted"})
  void anErrorOfTheServerIsNamed(int code, String text) {
    endsWith(code, text);
    assertThatThrownBy(this::pull)
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("pull from partition p: ");
  }

  /** The move asks again. */
  @ParameterizedTest
  @CsvSource({"404, No Messages", "408, Request Timeout", "409, Leadership Change"})
  void anEndWithoutAnErrorIsAnEmptyPartition(int code, String text) throws Exception {
    endsWith(code, text);
    assertThat(pull()).isEmpty();
  }

  @Test
  void aRequestThatCannotBeSentIsNamed() {
    scene.server.disconnect();
    assertThatThrownBy(this::pull)
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("pull from partition p: the connection is down");
  }

  /** Also after a failure and an interrupt: the server would send tasks that no client receives. */
  @Test
  void theSubscriptionEndsInEachCase() throws Exception {
    assertThat(pull()).isEmpty();
    assertThat(scene.server.calls()).endsWith("drain");
    scene.server.forgetCalls();
    endsWith(409, "Consumer Deleted");
    assertThatThrownBy(this::pull).isInstanceOf(QueueUnavailableException.class);
    assertThat(scene.server.calls()).endsWith("drain");
    scene.server.forgetCalls();
    scene.onRequest = (replyTo, body) -> Thread.currentThread().interrupt();
    assertThatThrownBy(this::pull).isInstanceOf(InterruptedException.class);
    assertThat(scene.server.calls()).endsWith("drain");
  }

  /** An administrator pulls repeatedly; the end of the tasks is an empty pull. */
  @Test
  void aPullOfNoTaskEndsOnTheServerAfterHalfASecond() throws Exception {
    assertThat(pullIsQuick()).isEmpty();
    assertThat(scene.requests()).hasSize(1);
    assertThat(scene.requests().get(0)).endsWith("\"expires\":500000000}");
  }

  /** The consumer of a priority has another name. */
  @Test
  void aDenialOfAPriorityNamesThePartitionAndTheSubject() {
    try (PullScene priorities = new PullScene(TestQueues.config().withPriorities(2))) {
      PartitionAddress high = priorities.addresses.get(1);
      priorities.onRequest =
          (replyTo, body) ->
              priorities.wire.errorOccurred(
                  priorities.server.connection(),
                  "Permissions Violation for Publish to \"" + high.nextSubject + "\"");
      assertThatThrownBy(() -> StoredTask.pull(priorities.session, high, 5))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageStartingWith("pull from partition p: ")
          .hasMessageContaining(high.nextSubject);
    }
  }
}
