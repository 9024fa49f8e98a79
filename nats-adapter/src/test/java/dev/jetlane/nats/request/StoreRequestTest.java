// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.PushReceipt;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoreRequestTest {

  private final StoreRequest request =
      new StoreRequest("task", "push of ", "tasks.p", Map.of(), new byte[0]);

  /** The repetition of a push meets its first try, which may or may not be stored. */
  @Test
  void anIdThatIsBeingReplicatedIsTriedAgain() {
    Request.Answer<PushReceipt> answer =
        read(
            """
            {"error":{"code":409,"err_code":10158,\
            "description":"duplicate message id is in process"},"stream":"jetlane","seq":0}""");

    assertThat(answer.again()).contains("in process").contains("10158");
  }

  @Test
  void aStreamWithoutALeaderIsTriedAgain() {
    Request.Answer<PushReceipt> answer =
        read(
            """
            {"error":{"code":503,"err_code":10008,\
            "description":"JetStream system temporarily unavailable"}}""");

    assertThat(answer.again()).contains("temporarily unavailable");
  }

  private Request.Answer<PushReceipt> read(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return request.read(bytes, 0, bytes.length);
  }
}
