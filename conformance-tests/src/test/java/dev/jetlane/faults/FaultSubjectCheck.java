package dev.jetlane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The test of {@link FaultSubject}, which {@link FaultTest} runs. */
class FaultSubjectCheck {

  @Test
  void oneIsOne() {
    assertThat(FaultSubject.one()).isEqualTo(1);
  }
}
