// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.WorkerFailure.Kind;
import java.lang.System.Logger.Level;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The text, the level and the stack trace of each kind of failure, and the health of a worker. */
class WorkerFailureTest {

  private final Logger logger = Logger.getLogger("dev.jetlane.Worker");
  private final List<LogRecord> lines = new ArrayList<>();
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

  @BeforeEach
  void collect() {
    logger.addHandler(collector);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void end() {
    logger.removeHandler(collector);
    logger.setUseParentHandlers(true);
  }

  private static WorkerFailure of(Kind kind, @Nullable Throwable cause) {
    return new WorkerFailure(kind, "gpu", null, cause, "the worker continues");
  }

  /** Alerts of users depend on the levels and the texts. */
  @Test
  void eachKindHasItsTextAndItsLevel() {
    Map<Kind, String> texts = new LinkedHashMap<>();
    texts.put(Kind.ATTEMPT_FAILED, "an attempt failed");
    texts.put(Kind.DEAD_LETTERED, "the last attempt failed");
    texts.put(Kind.EXPIRED, "the deadline passed before a handler was free");
    texts.put(Kind.SETTLEMENT_FAILED, "settling failed");
    texts.put(Kind.LEASE_LOST, "the lease expired while the handler was running");
    texts.put(Kind.HUNG, "the handler has been running for too long");
    texts.put(Kind.PULL_FAILED, "a pull failed");
    texts.put(Kind.EXECUTOR_REFUSED, "the executor refused a handler");
    texts.put(Kind.STOPPED, "the worker has ended");
    assertThat(texts).containsOnlyKeys(Kind.values());
    texts.forEach(
        (kind, text) -> {
          boolean error = kind == Kind.DEAD_LETTERED || kind == Kind.STOPPED;
          assertThat(of(kind, null))
              .hasToString("partition gpu: " + text + "; the worker continues");
          assertThat(kind.level())
              .as("level of %s", kind)
              .isEqualTo(error ? Level.ERROR : Level.WARNING);
        });
  }

  @Test
  void eachKindIsLoggedAtItsLevelWithItsTaskAndItsCause() {
    Delivery delivery =
        (Delivery)
            Proxy.newProxyInstance(
                Delivery.class.getClassLoader(),
                new Class<?>[] {Delivery.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "taskId" -> "task-7";
                      case "attempt" -> 3;
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    IllegalStateException cause = new IllegalStateException("why");
    for (Kind kind : Kind.values()) {
      lines.clear();
      WorkerFailure failure = new WorkerFailure(kind, "gpu", delivery, cause, "what next");
      failure.log();
      assertThat(lines).hasSize(1);
      assertThat(lines.get(0).getLevel().getName())
          .isEqualTo(kind.level() == Level.ERROR ? "SEVERE" : "WARNING");
      assertThat(lines.get(0).getThrown()).isSameAs(cause);
      assertThat(lines.get(0).getMessage())
          .isEqualTo(failure.toString())
          .startsWith("partition gpu, task \"task-7\", attempt 3: ")
          .endsWith(" (java.lang.IllegalStateException: why); what next");
    }
  }

  @Test
  void aFailureWithoutTaskAndCauseNamesItsPartition() {
    assertThat(of(Kind.PULL_FAILED, null))
        .hasToString("partition gpu: a pull failed; the worker continues");
  }

  /** The close of a queue is no defect, so that its stack trace explains nothing. */
  @Test
  void onlyTheCloseOfAQueueIsLoggedWithoutItsStackTrace() {
    IllegalStateException defect = new IllegalStateException("a defect");
    QueueClosedException closed = new QueueClosedException("the queue was closed", null);
    of(Kind.STOPPED, closed).log();
    of(Kind.PULL_FAILED, defect).log();
    of(Kind.HUNG, null).log();
    assertThat(lines).extracting(LogRecord::getThrown).containsExactly(null, defect, null);
    assertThat(lines)
        .extracting(LogRecord::getMessage)
        .containsExactly(
            "partition gpu: the worker has ended (" + closed + "); the worker continues",
            "partition gpu: a pull failed (" + defect + "); the worker continues",
            "partition gpu: the handler has been running for too long; the worker continues");
  }

  @Test
  void aHealthKeepsItsOwnProblems() {
    List<String> problems = new ArrayList<>(List.of("one"));
    Health health = new Health(true, false, problems);
    problems.add("two");
    assertThat(health.problems()).containsExactly("one");
    assertThatThrownBy(() -> health.problems().add("three"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(health.live()).isTrue();
    assertThat(health.ready()).isFalse();
    assertThat(Health.up()).isEqualTo(new Health(true, true, List.of())).isSameAs(Health.up());
  }
}
