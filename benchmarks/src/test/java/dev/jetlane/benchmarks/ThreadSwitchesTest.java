// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThreadSwitchesTest {

  @Test
  void addsVoluntaryAndInvoluntarySwitches() {
    String status = "Name:\tjava\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n";

    assertThat(ThreadSwitches.in(status)).isEqualTo(157);
  }
}
