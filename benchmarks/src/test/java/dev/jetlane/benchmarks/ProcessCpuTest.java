// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessCpuTest {

  @Test
  void addsUserAndSystemTimeForAnyProgramName() {
    String stat = "42 (a ) b) S 1 42 42 0 -1 4194560 900 0 0 0 7 5 1 2 20 0 9 0 1 2 3";

    assertThat(ProcessCpu.micros(stat)).isEqualTo(120_000);
  }

  @Test
  void isUnknownWithoutAProcess() {
    assertThat(new ProcessCpu(0).micros()).isZero();
  }
}
