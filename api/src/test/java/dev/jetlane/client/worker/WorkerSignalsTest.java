// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Worker.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * The signals of a worker to its clock. A thread that waits until all workers are idle, or until a
 * worker has ended, looks only at a signal.
 */
class WorkerSignalsTest {

  private final ScriptedWorker on = new ScriptedWorker();
  private final CompletableFuture<Void> stage = new CompletableFuture<>();

  /** A worker with a task whose stage is open, and two tasks ahead, without a waiting pull. */
  private TaskWorker busy() {
    TaskWorker worker = on.startAsync(task -> stage, on.options(1).withFetchAhead(2));
    on.come("a", "b", "c");
    assertThat(worker.ahead()).isEqualTo(2);
    assertThat(worker.isAtRest()).as("at rest with tasks ahead").isFalse();
    return worker;
  }

  /** The tasks ahead, which it gives back, were the reason why it was not idle. */
  @Test
  void aPauseSignalsTheClock() {
    TaskWorker worker = busy();
    int before = on.clock.signals;
    worker.pause();
    assertThat(on.clock.signals).as("signals of the pause").isGreaterThan(before);
    assertThat(worker.state()).isEqualTo(State.PAUSED);
    before = on.clock.signals;
    worker.pause();
    assertThat(on.clock.signals).as("signals of a second pause").isEqualTo(before);
  }

  @Test
  void aDrainSignalsTheClockBeforeItWaits() throws InterruptedException {
    TaskWorker worker = busy();
    int before = on.clock.signals;
    List<Integer> during = new ArrayList<>();
    on.clock.others.add(
        () -> {
          during.add(on.clock.signals);
          boolean unused = stage.complete(null);
        });
    assertThat(worker.drain(Duration.ofHours(1))).isTrue();
    assertThat(during).hasSize(1);
    assertThat(during.get(0)).as("signals before the wait").isGreaterThan(before);
  }
}
