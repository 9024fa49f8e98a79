// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import org.junit.jupiter.api.Test;

class ServerRefusalTest {

  private final IllegalStateException cause = new IllegalStateException("refused");

  @Test
  void aPermanentRefusalHasTheServersCodeAndItsCause() {
    TaskQueueException error = ServerRefusal.of("replicas", 400, 10074, cause).seenBy("p", null);
    assertThat(error).isInstanceOf(QueueRejectedException.class);
    assertThat(error.code()).hasValue(10074);
    assertThat(error.isRetryable()).isFalse();
    assertThat(error.partition()).contains("p");
    assertThat(error).rootCause().isSameAs(cause);
  }

  @Test
  void aFullStorageIsPermanentWithAnyStatus() {
    assertThat(ServerRefusal.of("storage", 500, 10047, cause).code()).hasValue(10047);
  }

  @Test
  void anyOtherRefusalIsTemporary() {
    TaskQueueException error = ServerRefusal.of("busy", 503, 10008, cause);
    assertThat(error).isInstanceOf(QueueUnavailableException.class).hasCause(cause);
    assertThat(error.isRetryable()).isTrue();
  }
}
