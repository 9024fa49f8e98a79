// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SubjectCountsTest {

  @Test
  void addsUpTheCountsOfAPage() throws IOException {
    String json =
        "{\"type\":\"x\",\"total\":250001,\"offset\":0,\"limit\":100000,\"config\":{\"name\":\"s\"},"
            + "\"state\":{\"messages\":9,\"subjects\":{\"a.b\":1,\"a.\\\"},{\\\\\":20,\"c\":300},\"n\":1}}";
    assertThat(read(json)).isEqualTo(new SubjectCounts(321, 3, 250_001));
  }

  @Test
  void noSubjectsCountAsZero() throws IOException {
    assertThat(read("{\"state\":{\"subjects\":{}}}").messages()).isZero();
    assertThat(read("{\"state\":{\"messages\":9}}").messages()).isZero();
  }

  @Test
  void aTruncatedAnswerIsAnError() {
    assertThatThrownBy(() -> read("{\"state\":{\"subjects\":{\"a\":12"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read("{\"state\":{\"subjects\":{\"a")).isInstanceOf(IOException.class);
  }

  private static SubjectCounts read(String json) throws IOException {
    return SubjectCounts.read(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void withoutATotalThePageIsAll() throws IOException {
    assertThat(read("{\"state\":{\"subjects\":{\"a\":1,\"b\":2}}}"))
        .isEqualTo(new SubjectCounts(3, 2, 2));
  }

  /** The configuration comes first, and lists the subjects of the stream. */
  @Test
  void theSubjectsOfTheConfigurationAreNotCounted() throws IOException {
    String json =
        "{\"type\":\"x\",\"total\":2,\"config\":{\"name\":\"s\",\"subjects\":[\"a.>\",\"b\"]},"
            + "\"state\":{\"num_subjects\":7,\"subjects\":{\"a.b\":5000000000,\"b\":5000000001}}}";
    assertThat(read(json)).isEqualTo(new SubjectCounts(10_000_000_001L, 2, 2));
  }
}
