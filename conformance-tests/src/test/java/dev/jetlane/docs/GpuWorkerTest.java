// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.JetlaneExtension;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(JetlaneExtension.class)
class GpuWorkerTest {

  @Test
  void aCrashedWorkerLosesNothing(
      TaskQueue queue, ManualClock clock, Faults faults, InMemoryServer server) throws Exception {
    Partition gpu = queue.partition("gpu");
    gpu.push(Task.of("task-42", "payload"));
    try (Puller puller = gpu.puller()) {
      puller.pull(1, Duration.ZERO); // and the worker crashes
      clock.advance(Duration.ofHours(1)); // costs nothing
      faults.loseNextConfirmation(Faults.Call.ACK);
      Delivery second = puller.pull(1, Duration.ZERO).get(0);
      assertThatThrownBy(second::ack).isInstanceOf(OutcomeUnknownException.class);
    }
    assertThat(server.tasks("gpu")).isEmpty(); // the ack took effect, its confirmation was lost
  }
}
