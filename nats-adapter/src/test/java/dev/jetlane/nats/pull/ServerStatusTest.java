// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueUnavailableException;
import io.nats.client.support.Status;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The meaning of each status, without a server. */
class ServerStatusTest {

  @AutoClose private final PullScene scene = new PullScene();
  private final PullContext context = scene.context();
  private final PullStatus status = new PullStatus(context);

  @ParameterizedTest
  @CsvSource({
    "404, No Messages, OVER",
    "408, Requests Pending, BUSY",
    "408, REQUESTS PENDING, BUSY",
    "408, Request Timeout, OVER",
    "408, Interest Expired, OVER",
    "409, Server Shutdown, AGAIN",
    "409, Leadership Change, AGAIN",
    "409, Exceeded MaxWaiting, AGAIN",
    "409, Exceeded MaxRequestExpires of 10s, AGAIN"
  })
  void eachStatusHasItsEnd(int code, String text, PullEnd end) {
    assertThat(status.ended(new Status(code, text), 0)).isEqualTo(end);
    assertThat(status.last()).contains(text).contains(Integer.toString(code));
  }

  @ParameterizedTest
  @CsvSource({
    "400, Bad Request",
    "409, Consumer Deleted",
    "409, Exceeded MaxRequestBatch of 2",
    "503, No Responders Available For Request",
    "404, No Messages"
  })
  void aRequestThatBroughtTasksIsOver(int code, String text) {
    assertThat(status.ended(new Status(code, text), 1)).isEqualTo(PullEnd.OVER);
    assertThat(status.last()).contains(text);
  }

  @ParameterizedTest
  @CsvSource({"400, Bad Request", "409, Consumer Deleted", "409, Exceeded MaxRequestBatch of 2"})
  void anotherStatusFailsThePullOfItsPartition(int code, String text) {
    assertThatThrownBy(() -> status.ended(new Status(code, text), 0))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageStartingWith("pull from partition p: ")
        .hasMessageContaining(text);
  }

  /** A second refusal of a short request has another cause. */
  @Test
  void aConsumerRefusesOnlyLongRequestsOnce() {
    Status refusal = new Status(409, "Exceeded MaxRequestExpires of 10s");
    assertThat(status.ended(refusal, 0)).isEqualTo(PullEnd.AGAIN);
    assertThatThrownBy(() -> status.ended(refusal, 0))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("MaxRequestExpires");
  }

  @Test
  void noResponderMeansThatThePartitionIsGone() {
    assertThatThrownBy(() -> status.ended(new Status(503, "No Responders"), 0))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("no responders on " + context.address.nextSubject);
  }

  @Test
  void afterAShutdownNoResponderIsTemporary() {
    assertThat(status.ended(new Status(409, "Server Shutdown"), 1)).isEqualTo(PullEnd.OVER);
    assertThat(status.ended(new Status(503, "No Responders"), 0)).isEqualTo(PullEnd.AGAIN);
    assertThat(status.ended(new Status(503, "No Responders"), 0)).isEqualTo(PullEnd.AGAIN);
  }

  @Test
  void aShutdownThatEndedAnotherRequestCountsToo() {
    status.saw(new Status(404, "No Messages"));
    assertThatThrownBy(() -> status.ended(new Status(503, "No Responders"), 0))
        .isInstanceOf(QueueUnavailableException.class);
    status.saw(new Status(409, "Server Shutdown"));
    assertThat(status.ended(new Status(503, "No Responders"), 0)).isEqualTo(PullEnd.AGAIN);
  }

  @Test
  void afterAReconnectNoResponderIsTemporary() {
    scene.reconnect();
    assertThat(status.ended(new Status(503, "No Responders"), 0)).isEqualTo(PullEnd.AGAIN);
  }

  /** The same text with another code is another thing. */
  @ParameterizedTest
  @ValueSource(ints = {404, 408})
  void onlyAConflictIsACompleteBatchOrATooLargeTask(int other) {
    assertThat(PullStatus.isBatchComplete(new Status(409, "Batch Completed"))).isTrue();
    assertThat(PullStatus.isBatchComplete(new Status(other, "Batch Completed"))).isFalse();
    assertThat(PullStatus.isBatchComplete(new Status(409, "Server Shutdown"))).isFalse();
    assertThat(PullStatus.isTooLarge(new Status(409, "Message Size Exceeds MaxBytes"))).isTrue();
    assertThat(PullStatus.isTooLarge(new Status(other, "Message Size Exceeds MaxBytes"))).isFalse();
    assertThat(PullStatus.isTooLarge(new Status(409, "Batch Completed"))).isFalse();
    status.saw(new Status(other, "Server Shutdown"));
    assertThatThrownBy(() -> status.ended(new Status(503, "No Responders"), 0))
        .isInstanceOf(QueueUnavailableException.class);
  }
}
