// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.HangingHandler;
import dev.jetlane.Partition;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HandlerStacksTest {

  private static final List<String> PUSHED = new ArrayList<>();

  @RegisterExtension
  static final JetlaneExtension JETLANE =
      new JetlaneExtension()
          .withAutomaticClock()
          .withListeners(
              new QueueListener() {
                @Override
                public void pushed(QueueEvent.Pushed event) {
                  PUSHED.add(event.taskId());
                }
              });

  @Test
  void showWhereAHandlerHangs(TaskQueue queue, InMemoryServer server) throws InterruptedException {
    HangingHandler handler = new HangingHandler();
    Partition gpu = queue.partition("gpu");
    try (Worker worker = gpu.work(handler, WorkerOptions.concurrency(1))) {
      gpu.push(Task.of("a", ""));
      assertThat(handler.began.await(10, TimeUnit.SECONDS)).isTrue();

      String description = HandlerStacks.describe();
      assertThat(description)
          .contains("com.example.HangingHandler.handle(HangingHandler.java")
          .doesNotContain("at dev.jetlane.");
      Matcher thread = Pattern.compile("handler on thread (.+):").matcher(description);
      assertThat(thread.find()).isTrue();

      handler.mayEnd.countDown();
      server.awaitWorkers();
      assertThat(worker.running()).isZero();
      // The idle worker and the test runner wait, too, but not in a handler.
      assertThat(HandlerStacks.describe())
          .doesNotContain("HangingHandler")
          .doesNotContain("handler on thread " + thread.group(1) + ":")
          .doesNotContain("handler on thread " + Thread.currentThread().getName() + ":");
    }
    assertThat(PUSHED).containsExactly("a");
  }

  @Test
  void theClockOfTheExtensionMovesAutomatically(TaskQueue queue) throws InterruptedException {
    try (var puller = queue.partition("other").puller()) {
      assertThat(puller.pull(1, Duration.ofHours(1))).isEmpty();
    }
  }
}
