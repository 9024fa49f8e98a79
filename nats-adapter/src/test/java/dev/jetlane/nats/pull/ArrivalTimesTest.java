// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrivalTimesTest {

  @Test
  void theTimeOfAMessageIsThatOfTheLastLookBeforeIt() {
    ArrivalTimes receipts = new ArrivalTimes(100);
    receipts.observe(2, 200); // two arrived between 100 and 200
    receipts.observe(2, 250); // none until 250
    receipts.observe(5, 300); // three between 250 and 300
    assertThat(receipts.take()).isEqualTo(100);
    assertThat(receipts.take()).isEqualTo(100);
    assertThat(receipts.take()).isEqualTo(250);
    receipts.observe(2, 400);
    assertThat(receipts.take()).isEqualTo(250);
    assertThat(receipts.take()).isEqualTo(250);
    assertThat(receipts.take()).isEqualTo(400);
    assertThat(receipts.taken()).isEqualTo(6);
  }

  @Test
  void withoutRoomTimesAreTooEarlyAndNeverTooLate() {
    ArrivalTimes receipts = new ArrivalTimes(0);
    for (int i = 1; i <= 1_000; i++) {
      receipts.observe(i, i * 10L);
    }
    for (int i = 1; i <= 1_000; i++) {
      assertThat(receipts.take()).isLessThanOrEqualTo((i - 1) * 10L);
    }
    receipts.observe(0, 20_000);
    assertThat(receipts.take()).isEqualTo(20_000);
  }
}
