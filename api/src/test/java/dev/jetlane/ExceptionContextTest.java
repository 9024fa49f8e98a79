// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The exceptions of a queue, and the copies of them that name a call. */
class ExceptionContextTest {

  private record Kind(TaskQueueException error, boolean retryable) {
    @Override
    public String toString() {
      return error.getClass().getSimpleName();
    }
  }

  static Stream<Kind> kinds() {
    IOException cause = new IOException("reset");
    return Stream.of(
        new Kind(new ConfigDriftException("why", cause), false),
        new Kind(new LeaseExpiredException("why", cause), false),
        new Kind(new NotSupportedException("why"), false),
        new Kind(new OutcomeUnknownException("why", cause), true),
        new Kind(new PermissionDeniedException("why", cause), false),
        new Kind(new QueueClosedException("why", cause), false),
        new Kind(new QueueFullException("why", cause), true),
        new Kind(new QueueRejectedException("why", cause), false),
        new Kind(new QueueRejectedException("why", 10_047, cause), false),
        new Kind(new QueueUnavailableException("why", cause), true));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aCopyNamesItsCallAndKeepsTheRest(Kind kind) {
    TaskQueueException error = kind.error;
    TaskQueueException seen = error.seenBy("gpu", "task-7");
    assertThat(seen).isExactlyInstanceOf(error.getClass()).hasMessage("why").hasCause(error);
    assertThat(seen.partition()).as("partition").contains("gpu");
    assertThat(seen.taskId()).as("task").contains("task-7");
    assertThat(seen.isRetryable()).isEqualTo(error.isRetryable()).isEqualTo(kind.retryable);
    assertThat(seen.code()).isEqualTo(error.code());
    assertThat(seen.getStackTrace()).anyMatch(frame -> frame.getMethodName().startsWith("aCopy"));
    TaskQueueException again = seen.seenBy("cpu", null);
    assertThat(again.partition()).contains("cpu");
    assertThat(again.taskId()).isEmpty();
    assertThat(again.code()).isEqualTo(error.code());
    TaskQueueException task = error.seenBy(null, "task-8");
    assertThat(task.partition()).isEmpty();
    assertThat(task.taskId()).contains("task-8");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anOriginalHasItsCauseAndNamesNothing(Kind kind) {
    assertThat(kind.error).hasMessage("why");
    if (kind.error instanceof NotSupportedException) {
      assertThat(kind.error).hasNoCause();
    } else {
      assertThat(kind.error.getCause()).isInstanceOf(IOException.class).hasMessage("reset");
    }
    assertThat(kind.error.partition()).isEmpty();
    assertThat(kind.error.taskId()).isEmpty();
  }

  @Test
  void theCodeOfTheServerIsKeptAlsoIfItIsZero() {
    assertThat(new QueueRejectedException("why", null).code()).isEmpty();
    assertThat(new QueueRejectedException("why", 0, null).code()).hasValue(0);
    assertThat(new QueueRejectedException("why", 10_047, null).seenBy("p", null).code())
        .hasValue(10_047);
    assertThat(new QueueUnavailableException("why", null).code()).isEmpty();
  }

  @Test
  void anUndecodablePayloadIsReportedWithItsSizeAndItsCause() {
    IOException cause = new IOException("reset");
    assertThat(new UndecodableException(7, cause))
        .hasMessage("the payload of 7 bytes cannot be decoded: java.io.IOException: reset")
        .hasCause(cause);
    assertThat(new UndecodableException(0, null))
        .hasMessage("the payload of 0 bytes cannot be decoded: the codec returned null")
        .hasNoCause();
  }
}
