package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Limits;
import org.junit.jupiter.api.Test;

class SettlerTest {

  @Test
  void aReasonIsOneLineOfWhatDeadLettersTake() {
    assertThat(Settler.reason(new IllegalStateException("a\r\n\tb é\u0000c ")))
        .isEqualTo("java.lang.IllegalStateException: a b c");
    assertThat(Settler.reason(new IllegalStateException())).endsWith("IllegalStateException");
    assertThat(Settler.reason(new IllegalStateException("  "))).endsWith("IllegalStateException");
    String longest = Settler.reason(new IllegalStateException("x ".repeat(5_000)));
    assertThat(Limits.checkReason(longest)).hasSizeLessThanOrEqualTo(Limits.MAX_REASON);
  }
}
