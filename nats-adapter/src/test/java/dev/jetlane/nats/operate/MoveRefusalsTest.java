// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.provision.StreamSpecs;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The queues that cannot be moved to four streams, without a server. */
@Timeout(60)
class MoveRefusalsTest {

  private static final Duration WINDOW = QueueConfig.defaults().dedupWindow();

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final Session session =
      new Session(
          TestQueues.settings(NatsOptions.defaults().withStreams(4)),
          server.wire(),
          DriverEvents.none());

  @AfterEach
  void close() {
    session.close();
  }

  private static final ProvisioningTerms TERMS =
      new ProvisioningTerms(true, true, Drift.Response.FAIL, true, 1, -1);

  private long move() throws InterruptedException {
    return new StreamMigration(session, TERMS, Duration.ZERO).run();
  }

  /** One stream of tasks and one of dead letters, with the settings of this client. */
  private void hasOneStream(Duration dedupWindow, Duration ofLetters) {
    StreamSpecs specs =
        new Provisioner(session, session.settings.layout().withStreams(1), TERMS).specs();
    stream(specs.mainStream(0), dedupWindow);
    stream(specs.deadStream(), ofLetters);
    server.answer("STREAM.NAMES", body -> "{\"streams\":[]}");
    server.forget();
  }

  private void stream(StreamConfiguration wanted, Duration dedupWindow) {
    String json = StreamConfiguration.builder(wanted).duplicateWindow(dedupWindow).build().toJson();
    server.stream(wanted.getName(), "," + json.substring(1, json.length() - 1));
  }

  private void isNow(String description) {
    server.stream("jetlane", ",\"description\":\"" + description + "\"");
  }

  private boolean hasChanged() {
    return server.asked().stream().anyMatch(one -> !one.startsWith("STREAM.INFO"));
  }

  @Test
  void aMissingQueueIsNotMoved() {
    assertThatThrownBy(this::move)
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("stream jetlane does not exist");
  }

  @Test
  void aQueueThatHasTheStreamsIsNotMovedAgain() throws Exception {
    isNow("" + StreamMarks.ofStream(0, 4));
    assertThat(move()).isZero();
    assertThat(hasChanged()).isFalse();
  }

  /** Tasks would be in streams in which no client looks. */
  @ParameterizedTest
  @ValueSource(strings = {"jetlane stream 0 of 3", "jetlane stream 0 of 5"})
  void aQueueOfSeveralStreamsIsNotMoved(String description) {
    isNow(description);
    assertThatThrownBy(this::move)
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContainingAll("jetlane cannot be moved to 4 streams", description);
    assertThat(hasChanged()).isFalse();
  }

  @Test
  void aMoveThatHasBegunIsFinishedWithItsOwnNumber() {
    isNow(StreamMarks.ofMove(3));
    assertThatThrownBy(this::move)
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("moving to 3");
    assertThat(hasChanged()).isFalse();
  }

  /** The queue is marked as being moved, so any failure leaves it half done. */
  @Test
  void aSecondRunThatFailsIsHalfDone() {
    isNow(StreamMarks.ofMove(4));
    server.answer("STREAM.CREATE", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(this::move)
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("done in part");
  }

  @Test
  void aFirstRunThatCannotMarkTheQueueHasChangedNothing() {
    hasOneStream(WINDOW, WINDOW);
    server.answer("STREAM.UPDATE", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(this::move).isInstanceOf(QueueUnavailableException.class);
    assertThat(server.asked()).noneMatch(one -> one.startsWith("STREAM.CREATE"));
  }

  /** The new streams would have other settings than the old one. */
  @Test
  void aQueueWithOtherSettingsIsNotMoved() {
    hasOneStream(WINDOW.plusSeconds(1), WINDOW);
    assertThatThrownBy(this::move)
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContainingAll("stream jetlane exists", "dedup window");
    hasOneStream(WINDOW, WINDOW.plusSeconds(1));
    assertThatThrownBy(this::move)
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContainingAll("stream jetlane-dead exists", "dedup window");
    assertThat(server.asked())
        .noneMatch(one -> one.startsWith("STREAM.CREATE") || one.startsWith("STREAM.UPDATE"));
  }

  /** A paused consumer hands out no task, so the move would wait for nothing. */
  @Test
  void aQueueWithAPausedPartitionIsNotMoved() {
    server.stream("jetlane", "");
    server.consumer("jetlane", "runs", "jetlane.runs", "");
    server.consumer("jetlane", "waits", "jetlane.waits", ",\"paused\":true");
    assertThatThrownBy(this::move)
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("paused: waits. Resume");
    assertThat(server.asked()).noneMatch(one -> one.startsWith("STREAM.UPDATE"));
  }
}
