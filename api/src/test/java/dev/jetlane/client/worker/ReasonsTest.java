// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Limits;
import org.junit.jupiter.api.Test;

class ReasonsTest {

  @Test
  void aReasonIsOneLineOfValidCharacters() {
    assertThat(Reasons.of(new IllegalStateException("a\r\n\tb é\u0000c ")))
        .isEqualTo("java.lang.IllegalStateException: a b c");
    assertThat(Reasons.of(new IllegalStateException())).endsWith("IllegalStateException");
    assertThat(Reasons.of(new IllegalStateException("  "))).endsWith("IllegalStateException");
    String longest = Reasons.of(new IllegalStateException("x ".repeat(5_000)));
    assertThat(Limits.checkReason(longest)).hasSizeLessThanOrEqualTo(Limits.MAX_REASON);
  }
}
