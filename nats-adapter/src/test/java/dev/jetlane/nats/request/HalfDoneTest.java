// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** After a completed first step no error claims that nothing changed. */
class HalfDoneTest {

  private static final List<TaskQueueException> SAY_NOTHING_CHANGED =
      List.of(
          new QueueUnavailableException("no connection", null),
          new QueueClosedException("closed", null));

  @Test
  void theOutcomeOfALaterStepIsUnknown() {
    for (TaskQueueException error : SAY_NOTHING_CHANGED) {
      assertThatThrownBy(() -> HalfDone.rest(() -> fail(error)))
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining(error.getMessage())
          .hasCause(error);
    }
  }

  @Test
  void theOutcomeOfALaterStepThatWasSentIsUnknown() {
    for (TaskQueueException error : SAY_NOTHING_CHANGED) {
      assertThat(HalfDone.rest(CompletableFuture.failedFuture(error)))
          .failsWithin(java.time.Duration.ofSeconds(30))
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(OutcomeUnknownException.class);
    }
  }

  @Test
  void otherErrorsAndResultsAreUnchanged() {
    PermissionDeniedException denied = new PermissionDeniedException("no", null);
    assertThatThrownBy(() -> HalfDone.rest(() -> fail(denied))).isSameAs(denied);
    String done = HalfDone.rest(() -> "done");
    assertThat(done).isEqualTo("done");
    assertThat(HalfDone.rest(CompletableFuture.completedFuture("done")).join()).isEqualTo("done");
  }

  private static String fail(TaskQueueException error) {
    throw error;
  }

  @Test
  void otherErrorsOfAStepThatWasSentAreUnchanged() {
    PermissionDeniedException denied = new PermissionDeniedException("no", null);
    CompletableFuture<String> step = HalfDone.rest(CompletableFuture.failedFuture(denied));
    assertThatThrownBy(step::join).hasCause(denied);
    for (TaskQueueException error : SAY_NOTHING_CHANGED) {
      CompletableFuture<String> failed = HalfDone.rest(CompletableFuture.failedFuture(error));
      assertThatThrownBy(failed::join)
          .cause()
          .hasMessage("done in part: " + error.getMessage())
          .hasCause(error);
    }
  }
}
