// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StepsTest {

  private final AtomicInteger ends = new AtomicInteger();
  private final Steps steps = new Steps(ends::incrementAndGet);

  @Test
  void theLastEndOfSeveralStepsIsReportedEachTime() {
    for (int time = 1; time <= 2; time++) {
      assertThat(steps.areOpen()).isFalse();
      steps.begin();
      steps.run(() -> assertThat(steps.areOpen()).isTrue());
      assertThat(steps.areOpen()).as("within the other step").isTrue();
      assertThat(ends).hasValue(time - 1);
      steps.end();
      assertThat(steps.areOpen()).isFalse();
      assertThat(ends).hasValue(time);
    }
  }

  /** Otherwise a test that waits for idle workers would not end. */
  @Test
  void aStepThatThrowsEnds() {
    IllegalStateException defect = new IllegalStateException("a defect");
    assertThatThrownBy(
            () ->
                steps.run(
                    () -> {
                      throw defect;
                    }))
        .isSameAs(defect);
    assertThat(steps.areOpen()).isFalse();
    assertThat(ends).hasValue(1);
  }
}
