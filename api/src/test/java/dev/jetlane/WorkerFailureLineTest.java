// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.System.Logger.Level;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The log line of each kind of failure. */
class WorkerFailureLineTest {

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

  private final Delivery delivery =
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

  @Test
  void eachKindHasItsLevelAndItsWords() {
    Map<WorkerFailure.Kind, String> wanted = new EnumMap<>(WorkerFailure.Kind.class);
    wanted.put(WorkerFailure.Kind.ATTEMPT_FAILED, "WARNING an attempt failed");
    wanted.put(WorkerFailure.Kind.DEAD_LETTERED, "ERROR the last attempt failed");
    wanted.put(WorkerFailure.Kind.EXPIRED, "WARNING the deadline passed before a handler was free");
    wanted.put(WorkerFailure.Kind.SETTLEMENT_FAILED, "WARNING settling failed");
    wanted.put(
        WorkerFailure.Kind.LEASE_LOST, "WARNING the lease expired while the handler was running");
    wanted.put(WorkerFailure.Kind.HUNG, "WARNING the handler has been running for too long");
    wanted.put(WorkerFailure.Kind.PULL_FAILED, "WARNING a pull failed");
    wanted.put(WorkerFailure.Kind.EXECUTOR_REFUSED, "WARNING the executor refused a handler");
    wanted.put(WorkerFailure.Kind.STOPPED, "ERROR the worker has ended");
    for (WorkerFailure.Kind kind : WorkerFailure.Kind.values()) {
      lines.clear();
      IllegalStateException cause = new IllegalStateException("why");
      WorkerFailure failure = new WorkerFailure(kind, "gpu", delivery, cause, "what next");
      failure.log();
      String words = wanted.get(kind);
      String text = words == null ? "" : words.substring(words.indexOf(' ') + 1);
      assertThat(words).as("%s", kind).startsWith(kind.level() + " ");
      assertThat(lines).hasSize(1);
      assertThat(lines.get(0).getLevel())
          .isEqualTo(
              kind.level() == Level.ERROR
                  ? java.util.logging.Level.SEVERE
                  : java.util.logging.Level.WARNING);
      assertThat(lines.get(0).getThrown()).isSameAs(cause);
      assertThat(lines.get(0).getMessage())
          .isEqualTo(failure.toString())
          .isEqualTo(
              "partition gpu, task \"task-7\", attempt 3: "
                  + text
                  + " (java.lang.IllegalStateException: why); what next");
    }
  }

  @Test
  void aFailureWithoutTaskAndCauseNamesItsPartition() {
    assertThat(
            new WorkerFailure(WorkerFailure.Kind.PULL_FAILED, "gpu", null, null, "it pulls again"))
        .hasToString("partition gpu: a pull failed; it pulls again");
  }

  /** The close is no failure, so its stack would only alarm. */
  @Test
  void aClosedQueueHasNoStackTrace() {
    QueueClosedException closed = new QueueClosedException("closed", null);
    new WorkerFailure(WorkerFailure.Kind.STOPPED, "gpu", null, closed, "nothing").log();
    assertThat(lines.get(0).getThrown()).isNull();
    assertThat(lines.get(0).getMessage()).contains("QueueClosedException: closed");
  }
}
