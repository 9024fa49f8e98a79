// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.JetlaneExtension;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.inmemory.TaskSnapshot;
import dev.jetlane.inmemory.TaskSnapshot.State;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Examples in the Javadoc of the fake; {@link SnippetsTest} compares. */
@ExtendWith(JetlaneExtension.class)
class WorkerTest {
  @Test
  void retries(TaskQueue queue, ManualClock clock, Faults faults) throws Exception {
    faults.refuseNext(Faults.Call.PUSH);
    var unused = queue.partition("gpu").pushAll(java.util.List.of(Task.of("a", "")));
    assertThat(clock.now()).isNotNull();
  }
}

class FaultsSnippetTest {
  private final long seed = 1;

  @Test
  void canBeAskedFor() {
    InMemoryServer server = InMemoryServer.create(new ManualClock());
    Faults faults = server.faults();
    faults.loseNextConfirmation(Faults.Call.ACK); // the task is removed without a confirmation
    faults.disconnect(); // until faults.reconnect()
    faults.randomly(20, seed); // one in 20 of every fault
    assertThat(server.connect(QueueConfig.defaults()).health().live()).isFalse();
  }
}

class SettingsSnippetTest {
  @RegisterExtension
  static final JetlaneExtension JETLANE =
      new JetlaneExtension().withConfig(QueueConfig.defaults().withMaxDeliveries(3));

  @Test
  void areTheQueues(TaskQueue queue, InMemoryServer server) throws Exception {
    queue.partition("gpu").push(Task.of("a", ""));
    queue.partition("gpu").push(Task.of("b", ""));
    try (Puller puller = queue.partition("gpu").puller()) {
      for (Delivery delivery : puller.pull(1, Duration.ZERO)) {
        assertThat(server.tasks("gpu"))
            .extracting(TaskSnapshot::taskId, TaskSnapshot::state)
            .containsExactly(tuple("a", State.LEASED), tuple("b", State.READY));
        delivery.ack();
      }
    }
  }
}
