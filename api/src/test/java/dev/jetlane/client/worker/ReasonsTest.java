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

  /** A reason that ends with a space is invalid, and the task would not become a dead letter. */
  @Test
  void aReasonIsCutAtItsLimitAndNotBefore() {
    String name = IllegalStateException.class.getName() + ": ";
    for (int length = Limits.MAX_REASON - 3; length <= Limits.MAX_REASON + 3; length++) {
      String word = "x".repeat(length - name.length());
      int wanted = Math.min(length, Limits.MAX_REASON);
      assertThat(Limits.checkReason(Reasons.of(new IllegalStateException(word))))
          .as("a reason of %d characters", length)
          .isEqualTo((name + word).substring(0, wanted));
      assertThat(Limits.checkReason(Reasons.of(new IllegalStateException(word + " and more"))))
          .as("%d characters before a space", length)
          .startsWith((name + word).substring(0, wanted))
          .hasSizeBetween(wanted, Limits.MAX_REASON);
    }
  }
}
