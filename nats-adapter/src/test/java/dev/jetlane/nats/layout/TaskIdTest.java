// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Limits;
import dev.jetlane.Task;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An id in a header is valid if a producer may push a task with it. */
class TaskIdTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, Limits.MAX_ID})
  void eachIdOfAPushIsValid(int length) {
    assertThat(WireHeaders.isTaskId(Task.of("~".repeat(length), "").id())).isTrue();
    assertThat(WireHeaders.isTaskId("!".repeat(length))).isTrue();
  }

  @Test
  void otherTextsAreNotValid() {
    assertThat(WireHeaders.isTaskId("")).isFalse();
    assertThat(WireHeaders.isTaskId("a".repeat(Limits.MAX_ID + 1))).isFalse();
    assertThat(WireHeaders.isTaskId("a b")).isFalse();
    assertThat(WireHeaders.isTaskId("a\u007f")).isFalse();
    assertThat(WireHeaders.isTaskId("é")).isFalse();
  }
}
