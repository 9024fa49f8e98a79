// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.Settlement;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tasks that an administrator takes out of a partition. */
@Timeout(60)
class StoredTaskTest {

  private static final String DEADLINE = "2030-01-01T00:00:00Z";

  @AutoClose private final PullScene scene = new PullScene();

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
    assertThat(scene.server.calls()).contains("subscribe jetlane p", "fetch 5");
  }

  /** An administrator pulls repeatedly; the end of the tasks is an empty pull. */
  @Test
  void aPullOfNoTaskBlocksForHalfASecondAtMost() throws Exception {
    assertThat(pull()).isEmpty();
    assertThat(scene.server.waits()).hasSize(1);
    assertThat(scene.server.waits().get(0)).isBetween(Duration.ofMillis(1), Duration.ofMillis(500));
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

  private void deny() {
    scene.wire.errorOccurred(
        scene.server.connection(),
        "Permissions Violation for Publish to \"" + scene.addresses.get(0).nextSubject + "\"");
  }

  /** The refusal of an earlier pull does not count, since permissions may have been granted. */
  @Test
  void aDeniedPullIsNotAnEmptyPartition() throws Exception {
    deny();
    assertThat(pull()).isEmpty();
    scene.server.onExchange(this::deny);
    assertThatThrownBy(this::pull)
        .isInstanceOf(PermissionDeniedException.class)
        .hasMessageContaining("partition p")
        .hasMessageContaining(scene.addresses.get(0).nextSubject);
  }

  /** The consumer of a priority has another name. */
  @Test
  void aDenialOfAPriorityNamesThePartitionAndTheSubject() {
    try (PullScene priorities = new PullScene(TestQueues.config().withPriorities(2))) {
      PartitionAddress high = priorities.addresses.get(1);
      priorities.server.onExchange(
          () ->
              priorities.wire.errorOccurred(
                  priorities.server.connection(),
                  "Permissions Violation for Publish to \"" + high.nextSubject + "\""));
      assertThatThrownBy(() -> StoredTask.pull(priorities.session, high, 5))
          .isInstanceOf(PermissionDeniedException.class)
          .hasMessageStartingWith("pull from partition p: ")
          .hasMessageContaining(high.nextSubject);
    }
  }

  @Test
  void theSubscriptionEndsInEachCase() throws Exception {
    assertThat(pull()).isEmpty();
    assertThat(scene.server.calls()).endsWith("unsubscribe");
    scene.server.forgetCalls();
    scene.server.onExchange(
        () -> {
          throw new TimeoutException("silence");
        });
    assertThatThrownBy(this::pull).hasRootCauseInstanceOf(TimeoutException.class);
    assertThat(scene.server.calls()).endsWith("unsubscribe");
  }
}
