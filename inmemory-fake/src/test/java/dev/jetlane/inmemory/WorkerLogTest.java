// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The log lines of a worker whose handler fails. */
@Timeout(60)
class WorkerLogTest {

  private static final WorkerOptions ONE =
      WorkerOptions.concurrency(1).withRetryPolicy(RetryPolicy.fixed(Duration.ofMinutes(1)));

  private final Logger logger = Logger.getLogger("dev.jetlane.Worker");
  private final Queue<LogRecord> lines = new ConcurrentLinkedQueue<>();
  private final Handler collector =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          lines.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final TaskQueue queue = server.connect(QueueConfig.defaults().withMaxDeliveries(2));
  private final Partition gpu = queue.partition("gpu");

  @BeforeEach
  void collect() {
    logger.addHandler(collector);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void end() {
    queue.close();
    logger.removeHandler(collector);
    logger.setUseParentHandlers(true);
  }

  static Stream<Supplier<Throwable>> failures() {
    return Stream.of(
        () -> new IllegalStateException("disk full"),
        () -> new StackOverflowError("disk full"),
        () -> new NoClassDefFoundError("disk full"));
  }

  /** An Error of the handler is logged as an exception is. */
  @ParameterizedTest
  @MethodSource("failures")
  void aFailedAttemptIsOneWarningAndTheLastOneAnError(Supplier<Throwable> failure)
      throws InterruptedException {
    List<Throwable> thrown = new ArrayList<>();
    try (Worker unused =
        gpu.work(
            task -> {
              Throwable next = failure.get();
              thrown.add(next);
              if (next instanceof Error error) {
                throw error;
              }
              throw (Exception) next;
            },
            ONE)) {
      gpu.push(Task.of("poison", ""));
      server.awaitWorkers();
      clock.advance(Duration.ofMinutes(1));
      server.awaitWorkers();
    }
    String cause = thrown.get(0).getClass().getName() + ": disk full";
    assertThat(lines).extracting(LogRecord::getLevel).containsExactly(Level.WARNING, Level.SEVERE);
    assertThat(lines)
        .extracting(LogRecord::getMessage)
        .containsExactly(
            "partition gpu, task \"poison\", attempt 1: an attempt failed ("
                + cause
                + "); the task is delivered again in PT1M",
            "partition gpu, task \"poison\", attempt 2: the last attempt failed ("
                + cause
                + "); the task is now a dead letter");
    assertThat(lines).extracting(LogRecord::getThrown).containsExactlyElementsOf(thrown);
    assertThat(gpu.deadLetters().list(1).get(0).reason()).contains(cause);
  }

  @Test
  void aFailureListenerReplacesTheLog() throws InterruptedException {
    Queue<WorkerFailure.Kind> told = new ConcurrentLinkedQueue<>();
    WorkerOptions options = ONE.withFailureListener(failure -> told.add(failure.kind()));
    try (Worker unused =
        gpu.work(
            task -> {
              throw new IllegalStateException("disk full");
            },
            options)) {
      gpu.push(Task.of("poison", ""));
      server.awaitWorkers();
    }
    assertThat(told).containsExactly(WorkerFailure.Kind.ATTEMPT_FAILED);
    assertThat(lines).isEmpty();
  }

  /** Both failures are logged: that of the task, and that of the listener. */
  @Test
  void whatAFailedListenerDidNotReportIsLogged() throws InterruptedException {
    IllegalStateException ofTheListener = new IllegalStateException("no network");
    WorkerOptions options =
        ONE.withFailureListener(
            failure -> {
              throw ofTheListener;
            });
    try (Worker unused =
        gpu.work(
            task -> {
              throw new IllegalStateException("disk full");
            },
            options)) {
      gpu.push(Task.of("poison", ""));
      server.awaitWorkers();
    }
    assertThat(lines)
        .extracting(LogRecord::getThrown)
        .singleElement(InstanceOfAssertFactories.THROWABLE)
        .hasMessage("disk full")
        .hasSuppressedException(ofTheListener);
  }

  /** One line for all of them, without those that have ended or have a listener. */
  @Test
  void theCloseOfAQueueLogsTheNumberOfWorkersThatItEnds() {
    try (Worker unused = gpu.work(task -> {}, ONE);
        Worker ended = gpu.work(task -> {}, ONE);
        Worker unused2 = gpu.work(task -> {}, ONE.withFailureListener(failure -> {}))) {
      ended.close();
      queue.close();
    }
    assertThat(lines)
        .extracting(LogRecord::getMessage)
        .containsExactly("the queue was closed; workers that ended with it: 1");
  }
}
