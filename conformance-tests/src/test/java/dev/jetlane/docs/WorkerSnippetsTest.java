// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples with a worker; {@link SnippetsTest} compares. */
@Timeout(120)
class WorkerSnippetsTest {

  private final ManualClock clock = new ManualClock();
  private final Queue<List<String>> inserted = new ConcurrentLinkedQueue<>();

  @Test
  void worksAndIsDrained() throws Exception {
    InMemoryServer server = InMemoryServer.create(clock);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition gpu = queue.partition("gpu");
      gpu.push(Task.of("task-42", "corrupt"));
      gpu.push(Task.of("task-43", "fine"));
      Worker worker =
          gpu.work(
              delivery -> render(delivery.payload()), // returning acks, throwing gives it back
              WorkerOptions.concurrency(8)
                  .withRetryPolicy(
                      RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofMinutes(10))
                          .withJitter(0.5)
                          .givingUpOn(CorruptModelException.class::isInstance))); // dead letter
      server.awaitWorkers();
      assertThat(gpu.deadLetters().list(10)).extracting("taskId").containsExactly("task-42");
      assertThat(gpu.stats().backlog()).isZero();
      worker.drain(Duration.ofSeconds(30)); // finishes running tasks, gives back the others
      assertThat(worker.state()).isEqualTo(Worker.State.CLOSED);
    }
  }

  @Test
  void isTestedInVirtualTime() throws Exception {
    InMemoryServer server = InMemoryServer.create(clock);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition gpu = queue.partition("gpu");
      RetryPolicy inAMinute = RetryPolicy.fixed(Duration.ofMinutes(1));
      Worker worker =
          gpu.work(this::render, WorkerOptions.concurrency(1).withRetryPolicy(inAMinute));
      gpu.push(Task.of("task-42", "corrupt")); // render throws
      server.awaitWorkers();
      clock.advance(Duration.ofMinutes(1)); // the retry
      server.awaitWorkers();
      assertThat(server.task("gpu", "task-42").orElseThrow().deliveries()).isEqualTo(2);
      worker.close(); // otherwise the leak check reports it
    }
  }

  @Test
  void handlesBatches() throws Exception {
    InMemoryServer server = InMemoryServer.create(clock);
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("rows");
      partition.push(Task.of("row-1", ""));
      partition.push(Task.of("row-2", ""));
      Worker writer =
          partition.workBatches(
              batch -> {
                insert(batch); // throws if all tasks failed
                return Map.of(); // the failures of single tasks
              },
              100, // tasks at most
              Duration.ofMillis(50), // the wait of the first task for others
              WorkerOptions.concurrency(2));
      server.awaitWorkers();
      clock.advance(Duration.ofMillis(50));
      server.awaitWorkers();
      assertThat(inserted).containsExactly(List.of("row-1", "row-2"));
      assertThat(partition.stats().backlog()).isZero();
      writer.close();
    }
  }

  private void insert(List<Delivery> batch) {
    inserted.add(batch.stream().map(Delivery::taskId).toList());
  }

  private void render(Delivery delivery) {
    render(delivery.payload());
  }

  private void render(byte[] model) {
    if (new String(model, StandardCharsets.UTF_8).equals("corrupt")) {
      throw new CorruptModelException();
    }
  }

  private static final class CorruptModelException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
