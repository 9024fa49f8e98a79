// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PushReportTest {

  private static final PushOutcome STORED = new PushOutcome.Stored(new PushReceipt("a", false));
  private static final PushOutcome REFUSED =
      new PushOutcome.Refused("b", new QueueFullException("full", null));
  private static final PushOutcome UNKNOWN =
      new PushOutcome.Unknown("c", new OutcomeUnknownException("no answer", null));

  @Test
  void aReportOfStoredTasksHasNoFailures() {
    PushReport report = new PushReport(List.of(STORED));
    assertThat(report.allStored()).isTrue();
    assertThat(report.failures()).isEmpty();
    assertThat(report.requireAllStored()).isSameAs(report);
    assertThat(STORED.taskId()).isEqualTo("a");
    assertThat(new PushReport(List.of()).allStored()).isTrue();
  }

  @Test
  void aReportThrowsTheFirstFailure() {
    PushReport report = new PushReport(List.of(STORED, REFUSED, UNKNOWN));
    assertThat(report.allStored()).isFalse();
    assertThat(report.failures()).containsExactly(REFUSED, UNKNOWN);
    assertThat(report.failures()).allSatisfy(o -> assertThat(o.failure()).isPresent());
    assertThat(STORED.isStored()).isTrue();
    assertThatThrownBy(report::requireAllStored)
        .isInstanceOf(QueueFullException.class)
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
  }
}
