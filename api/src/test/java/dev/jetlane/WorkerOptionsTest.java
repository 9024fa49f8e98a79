// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Each option of a worker: its default, its bounds, and that it changes no other one. */
class WorkerOptionsTest {

  private static final Map<String, Function<WorkerOptions, Object>> VALUES = values();

  private static Map<String, Function<WorkerOptions, Object>> values() {
    Map<String, Function<WorkerOptions, Object>> values = new LinkedHashMap<>();
    values.put("concurrency", WorkerOptions::concurrency);
    values.put("fetchAhead", WorkerOptions::fetchAhead);
    values.put("retryPolicy", WorkerOptions::retryPolicy);
    values.put("keepFor", WorkerOptions::keepFor);
    values.put("keepEvery", WorkerOptions::keepEvery);
    values.put("interruptOnLeaseLost", WorkerOptions::interruptOnLeaseLost);
    values.put("timeLimit", WorkerOptions::timeLimit);
    values.put("hungAfter", WorkerOptions::hungAfter);
    values.put("closeDeadline", WorkerOptions::closeDeadline);
    values.put("executor", WorkerOptions::executor);
    values.put("virtualThreads", WorkerOptions::virtualThreads);
    values.put("failureListener", WorkerOptions::failureListener);
    return values;
  }

  private static List<String> changed(WorkerOptions from, WorkerOptions to) {
    List<String> changed = new ArrayList<>();
    VALUES.forEach(
        (name, value) -> {
          if (!value.apply(from).equals(value.apply(to))) {
            changed.add(name);
          }
        });
    return changed;
  }

  @Test
  void theDefaultsAreAsDocumented() {
    WorkerOptions options = WorkerOptions.defaults();
    assertThat(options)
        .hasToString(
            "WorkerOptions[concurrency=8, fetchAhead=adaptive, keepFor=PT12H, keepEvery=a third of"
                + " the lease, interruptOnLeaseLost=false, timeLimit=none, hungAfter=PT12H,"
                + " closeDeadline=PT25S, virtualThreads=false]");
    assertThat(options.fetchAhead()).isEmpty();
    assertThat(options.keepEvery()).isEmpty();
    assertThat(options.timeLimit()).isEmpty();
    assertThat(options.executor()).isEmpty();
    assertThat(changed(options, WorkerOptions.concurrency(9))).containsExactly("concurrency");
    assertThat(changed(options, WorkerOptions.concurrency(8))).isEmpty();
  }

  @Test
  void eachOptionChangesOnlyItself() {
    Executor executor = Runnable::run;
    RetryPolicy policy = RetryPolicy.standard();
    Consumer<WorkerFailure> listener = failure -> {};
    Duration time = Duration.ofMinutes(7);
    Map<String, UnaryOperator<WorkerOptions>> changes = new LinkedHashMap<>();
    changes.put("concurrency", o -> o.withConcurrency(7));
    changes.put("fetchAhead", o -> o.withFetchAhead(0));
    changes.put("retryPolicy", o -> o.withRetryPolicy(policy));
    changes.put("hungAfter", o -> o.withHungAfter(Duration.ofMinutes(8)));
    changes.put("keepFor", o -> o.withKeepFor(time));
    changes.put("keepEvery", o -> o.withKeepEvery(Duration.ofMinutes(1)));
    changes.put("interruptOnLeaseLost", o -> o.withInterruptOnLeaseLost(true));
    changes.put("timeLimit", o -> o.withTimeLimit(Duration.ofMinutes(9)));
    changes.put("closeDeadline", o -> o.withCloseDeadline(Duration.ofMinutes(10)));
    changes.put("executor", o -> o.withExecutor(executor));
    changes.put("failureListener", o -> o.withFailureListener(listener));
    WorkerOptions options = WorkerOptions.defaults();
    for (Map.Entry<String, UnaryOperator<WorkerOptions>> change : changes.entrySet()) {
      String before = options.toString();
      WorkerOptions next = change.getValue().apply(options);
      assertThat(options).as("the original of %s", change.getKey()).hasToString(before);
      assertThat(changed(options, next)).containsExactly(change.getKey());
      assertThat(changed(next, change.getValue().apply(next))).as("the second time").isEmpty();
      options = next;
    }
    assertThat(changed(WorkerOptions.defaults(), options)).hasSize(changes.size());
    assertThat(options.fetchAhead()).isEqualTo(OptionalInt.of(0));
    assertThat(options.retryPolicy()).isSameAs(policy);
    assertThat(options.failureListener()).isSameAs(listener);
    assertThat(options.executor()).containsSame(executor);
    assertThat(options)
        .hasToString(
            "WorkerOptions[concurrency=7, fetchAhead=0, keepFor=PT7M, keepEvery=PT1M,"
                + " interruptOnLeaseLost=true, timeLimit=PT9M, hungAfter=PT8M, closeDeadline=PT10M,"
                + " virtualThreads=false]");
  }

  /** A worker that keeps no lease still reports handlers that never end. */
  @Test
  void aHandlerHangsAfterTheTimeForWhichItsLeaseIsKept() {
    WorkerOptions options = WorkerOptions.defaults().withKeepFor(Duration.ofMinutes(3));
    assertThat(options.hungAfter()).isEqualTo(Duration.ofMinutes(3));
    assertThat(options.withKeepFor(Duration.ZERO).hungAfter()).isEqualTo(Limits.MAX_KEEP);
    WorkerOptions set = options.withHungAfter(Duration.ofNanos(1));
    assertThat(set.withKeepFor(Duration.ZERO).hungAfter()).isEqualTo(Duration.ofNanos(1));
  }

  @Test
  void eachBoundIsValidAndTheNextValueIsNot() {
    WorkerOptions options = WorkerOptions.defaults();
    Duration keep = Limits.MAX_KEEP;
    Duration nano = Duration.ofNanos(1);
    List<WorkerOptions> valid =
        List.of(
            options.withConcurrency(1),
            options.withConcurrency(Limits.MAX_PULL),
            options.withFetchAhead(Limits.MAX_PULL),
            options.withKeepFor(keep),
            options.withKeepEvery(Duration.ofMillis(1)),
            options.withKeepEvery(keep),
            options.withTimeLimit(nano),
            options.withTimeLimit(keep),
            options.withHungAfter(nano),
            options.withHungAfter(keep),
            options.withCloseDeadline(Duration.ZERO),
            options.withCloseDeadline(Limits.MAX_WAIT));
    assertThat(valid).doesNotContainNull();
    Map<String, Runnable> invalid = new LinkedHashMap<>();
    invalid.put("concurrency", () -> use(options.withConcurrency(Limits.MAX_PULL + 1)));
    invalid.put("tasks to fetch ahead", () -> use(options.withFetchAhead(Limits.MAX_PULL + 1)));
    invalid.put("time to keep leases", () -> use(options.withKeepFor(keep.plus(nano))));
    invalid.put("interval of lease", () -> use(options.withKeepEvery(keep.plus(nano))));
    invalid.put("interval", () -> use(options.withKeepEvery(Duration.ZERO)));
    invalid.put("time limit of handlers", () -> use(options.withTimeLimit(keep.plus(nano))));
    invalid.put("time limit", () -> use(options.withTimeLimit(Duration.ZERO)));
    invalid.put("handler hangs", () -> use(options.withHungAfter(keep.plus(nano))));
    invalid.put("hangs", () -> use(options.withHungAfter(Duration.ZERO)));
    invalid.put("wait", () -> use(options.withCloseDeadline(Limits.MAX_WAIT.plus(nano))));
    invalid.forEach(
        (text, call) ->
            assertThatThrownBy(call::run)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(text));
  }

  private static void use(WorkerOptions options) {
    throw new AssertionError("accepted: " + options);
  }
}
