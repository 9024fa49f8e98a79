// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of bad inputs: hostile and mistaken arguments for every method with parameters, and
 * calls of closed objects.
 */
@SuppressWarnings("NullAway") // Callers without a null checker pass null.
public final class BadInputs {

  /** The objects that receive the bad inputs. */
  record Target(Scene scene, Puller puller, Delivery held, Closed closed) {
    TaskQueue queue() {
      return scene.queue;
    }

    Partition partition() {
      return scene.partition;
    }
  }

  /** A closed client, and the objects that it returned. */
  record Closed(TaskQueue queue, Partition partition, Puller puller, Delivery delivery) {}

  /** A call that must not succeed. */
  interface Call {
    @Nullable Object run(Target on) throws Exception;
  }

  /**
   * A line of the table.
   *
   * @param kind the kind of input; the lines of one kind are consecutive
   * @param needs the capabilities without which this line does not apply
   */
  public record Line(
      String kind,
      @Nullable Object value,
      Class<? extends RuntimeException> refusal,
      @Nullable Capability needs,
      Call call) {

    boolean appliesTo(Harness harness) {
      return needs == null || harness.capabilities().contains(needs);
    }

    @Override
    public String toString() {
      return kind + " " + BadValues.shown(value);
    }
  }

  private final List<Line> lines = new ArrayList<>();
  private @Nullable Capability needs;

  private BadInputs() {}

  public static List<Line> all() {
    BadInputs table = new BadInputs();
    table.addNames();
    table.addHeaders();
    table.addPayloads();
    table.addPulls();
    table.addSettlements();
    table.addNulls();
    table.addPullOptions();
    table.addWorkerOptions();
    table.addRetries();
    table.addSettings();
    table.addDelays();
    table.addPriorities();
    table.addDeadLetters();
    table.addClosed();
    return Collections.unmodifiableList(table.lines);
  }

  private interface CallWith<T> {
    @Nullable Object run(Target on, T value) throws Exception;
  }

  private <T> void each(String kind, List<T> values, CallWith<T> call) {
    values.forEach(value -> bad(kind, value, on -> call.run(on, value)));
  }

  private void bad(String kind, @Nullable Object value, Call call) {
    lines.add(new Line(kind, value, InvalidInputException.class, needs, call));
  }

  private void closed(String use, Call call) {
    lines.add(new Line("closed", use, QueueClosedException.class, needs, call));
  }

  private void addNames() {
    each("partition", BadValues.partitionNames(), (on, name) -> on.queue().partition(name));
    each("task id", BadValues.taskIds(), (on, id) -> on.partition().push(Task.of(id, "")));
  }

  private void addHeaders() {
    each(
        "header name",
        BadValues.headerNames(),
        (on, name) -> on.partition().push(harmless().withHeader(name, "v")));
    each(
        "header value",
        BadValues.headerValues(),
        (on, value) -> on.partition().push(harmless().withHeader("h", value)));
    each(
        "number of headers",
        List.of(Limits.MAX_HEADERS + 1, 1_000),
        (on, count) -> on.partition().push(harmless().withHeaders(headers(count, 1))));
    bad(
        "headers",
        "too large together",
        on -> on.partition().push(harmless().withHeaders(headers(Limits.MAX_HEADERS, 200))));
    bad("headers", null, on -> on.partition().push(harmless().withHeaders(null)));
  }

  private static Map<String, String> headers(int count, int valueSize) {
    Map<String, String> headers = new HashMap<>();
    for (int i = 0; i < count; i++) {
      headers.put("h" + i, "v".repeat(valueSize));
    }
    return headers;
  }

  private void addPayloads() {
    bad("payload", "null bytes", on -> on.partition().push(Task.of("bad", (byte[]) null)));
    bad("payload", "null text", on -> on.partition().push(Task.of("bad", (String) null)));
    bad("payload", "large", on -> on.partition().push(large(on)));
    bad(
        "payload",
        "large, with headers",
        on -> on.partition().push(large(on).withHeaders(headers(Limits.MAX_HEADERS, 100))));
    bad("payload", "large, asynchronous", on -> on.partition().pushAsync(large(on)).join());
    bad("payload", "first of a list", on -> on.partition().pushAll(List.of(large(on), harmless())));
    bad("payload", "last of a list", on -> on.partition().pushAll(List.of(harmless(), large(on))));
    bad(
        "payload",
        "last of an atomic push",
        on -> on.partition().pushAtomically(List.of(harmless(), large(on))));
  }

  private void addPulls() {
    each("pull size", BadValues.sizes(), (on, max) -> on.puller().pull(max, Duration.ZERO));
    bad("pull size", "pullAsync", on -> on.puller().pullAsync(0, Duration.ZERO).join());
    bad("pull wait", "pullAsync", on -> on.puller().pullAsync(1, Duration.ofNanos(-1)).join());
    each(
        "pull wait",
        BadValues.outside(Duration.ZERO, Limits.MAX_WAIT),
        (on, wait) -> on.puller().pull(1, wait));
  }

  private void addSettlements() {
    each(
        "nak delay",
        BadValues.outside(Duration.ZERO, Limits.MAX_DELAY),
        (on, delay) -> on.held().nak(delay));
    each("reason", BadValues.reasons(), (on, reason) -> on.held().deadLetter(reason));
  }

  private void addNulls() {
    bad("null", "push", on -> on.partition().push(null));
    bad("null", "pushAsync", on -> on.partition().pushAsync(null).join());
    bad("null", "pushAll", on -> on.partition().pushAll(null));
    bad("null", "first of a list", on -> on.partition().pushAll(Arrays.asList(null, harmless())));
    bad("null", "last of a list", on -> on.partition().pushAll(Arrays.asList(harmless(), null)));
    bad("null", "pushAtomically", on -> on.partition().pushAtomically(null));
    bad(
        "null",
        "last of an atomic push",
        on -> on.partition().pushAtomically(Arrays.asList(harmless(), null)));
    bad("null", "ackAll", on -> on.partition().ackAll(null));
    bad(
        "null",
        "last of several acks",
        on -> on.partition().ackAll(Arrays.asList(on.held(), null)));
    bad("null", "puller", on -> on.partition().puller(null));
    bad("null", "handler", on -> on.partition().work(null, WorkerOptions.concurrency(1)));
    bad("null", "worker options", on -> on.partition().work(delivery -> {}, null));
  }

  private void addPullOptions() {
    PullOptions options = PullOptions.defaults();
    each(
        "prefetch",
        BadValues.countsAbove(Limits.MAX_PULL),
        (on, count) -> on.partition().puller(options.withPrefetch(count)));
    each(
        "keep",
        BadValues.outside(Duration.ZERO, Limits.MAX_KEEP),
        (on, time) -> on.partition().puller(options.withKeepFor(time)));
    each(
        "keep step",
        BadValues.outside(Duration.ofMillis(1), Limits.MAX_KEEP),
        (on, step) ->
            on.partition().puller(options.withKeepFor(Duration.ofHours(1)).withKeepEvery(step)));
    bad(
        "keep step",
        "above half of the lease",
        on ->
            on.partition()
                .puller(options.withKeepFor(Limits.MAX_KEEP).withKeepEvery(aboveHalf(on))));
  }

  private static Duration aboveHalf(Target on) {
    return on.scene().config.lease().dividedBy(2).plusMillis(1);
  }

  private void addWorkerOptions() {
    WorkerOptions options = WorkerOptions.concurrency(1);
    each("concurrency", BadValues.sizes(), (on, count) -> work(on, concurrency(count)));
    each(
        "tasks to fetch ahead",
        BadValues.countsAbove(Limits.MAX_PULL),
        (on, count) -> work(on, options.withFetchAhead(count)));
    each(
        "worker keep",
        BadValues.outside(Duration.ZERO, Limits.MAX_KEEP),
        (on, time) -> work(on, options.withKeepFor(time)));
    bad(
        "worker keep step",
        "above half of the lease",
        on -> work(on, options.withKeepFor(Limits.MAX_KEEP).withKeepEvery(aboveHalf(on))));
    each(
        "time limit of handlers",
        BadValues.outside(Duration.ofNanos(1), Limits.MAX_KEEP),
        (on, time) -> work(on, options.withTimeLimit(time)));
    each(
        "time after which a handler hangs",
        BadValues.outside(Duration.ofNanos(1), Limits.MAX_KEEP),
        (on, time) -> work(on, options.withHungAfter(time)));
    each(
        "close deadline",
        BadValues.outside(Duration.ZERO, Limits.MAX_WAIT),
        (on, time) -> work(on, options.withCloseDeadline(time)));
    bad("worker retries", null, on -> work(on, options.withRetryPolicy(null)));
    bad("worker executor", null, on -> work(on, options.withExecutor(null)));
    bad("worker listener", null, on -> work(on, options.withFailureListener(null)));
  }

  private static WorkerOptions concurrency(int count) {
    return WorkerOptions.concurrency(count);
  }

  private static Object work(Target on, WorkerOptions options) {
    return on.partition().work(delivery -> {}, options);
  }

  private void addRetries() {
    WorkerOptions options = WorkerOptions.concurrency(1);
    Duration second = Duration.ofSeconds(1);
    RetryPolicy policy = RetryPolicy.fixed(second);
    each(
        "retry delay",
        BadValues.outside(Duration.ZERO, Limits.MAX_DELAY),
        (on, delay) -> work(on, options.withRetryPolicy(RetryPolicy.fixed(delay))));
    each(
        "first retry delay",
        Arrays.asList(null, Duration.ZERO, Duration.ofNanos(-1), second.plusNanos(1)),
        (on, first) -> work(on, options.withRetryPolicy(RetryPolicy.exponential(first, second))));
    each(
        "longest retry delay",
        BadValues.outside(second, Limits.MAX_DELAY),
        (on, most) -> work(on, options.withRetryPolicy(RetryPolicy.exponential(second, most))));
    each(
        "jitter",
        List.of(-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY),
        (on, jitter) -> work(on, options.withRetryPolicy(policy.withJitter(jitter))));
    each(
        "attempts",
        List.of(0, -1, Integer.MIN_VALUE),
        (on, count) -> work(on, options.withRetryPolicy(policy.givingUpAfter(count))));
    bad("give up on", null, on -> work(on, options.withRetryPolicy(policy.givingUpOn(null))));
  }

  private void addSettings() {
    each(
        "lease",
        BadValues.outside(Limits.MIN_LEASE, Limits.MAX_LEASE),
        (on, lease) -> open(on, config(on).withLease(lease)));
    each(
        "short lease",
        List.of(Duration.ZERO, Duration.ofNanos(1), Duration.ofMillis(1)),
        (on, lease) -> open(on, config(on).withLease(lease)));
    each(
        "dedup window",
        BadValues.outside(Limits.MIN_WINDOW, Limits.MAX_WINDOW),
        (on, window) -> open(on, config(on).withDedupWindow(window)));
    List<Integer> notPositive = List.of(0, -1, Integer.MIN_VALUE);
    each(
        "max deliveries",
        notPositive,
        (on, count) -> open(on, config(on).withMaxDeliveries(count)));
    each("max tasks", notPositive, (on, count) -> open(on, config(on).withMaxTasks(count)));
    each(
        "max outstanding",
        List.of(0, -1, Integer.MIN_VALUE, Limits.MAX_OUTSTANDING + 1, Integer.MAX_VALUE),
        (on, count) -> open(on, config(on).withMaxOutstanding(count)));
    each(
        "max payload",
        BadValues.countsAbove(Limits.MAX_PAYLOAD_BYTES),
        (on, bytes) -> open(on, config(on).withMaxPayloadBytes(bytes)));
  }

  private static QueueConfig config(Target on) {
    return on.scene().config;
  }

  private static Object open(Target on, QueueConfig config) {
    return on.scene().harness.open(config);
  }

  private void addDelays() {
    each(
        "push delay",
        BadValues.outside(Duration.ZERO, Limits.MAX_PUSH_DELAY),
        (on, delay) -> on.partition().push(harmless().withDelay(delay)));
    needs = Capability.DELAY;
    bad("payload", "large, delayed", on -> on.partition().push(later(large(on))));
    bad(
        "payload",
        "large, delayed, in a list",
        on -> on.partition().pushAll(List.of(later(harmless()), later(large(on)))));
    each("cancelled id", BadValues.taskIds(), (on, id) -> on.partition().cancel(id));
    needs = null;
  }

  private void addPriorities() {
    each(
        "priority",
        List.of(-1, Integer.MIN_VALUE, Limits.MAX_PRIORITIES, Integer.MAX_VALUE),
        (on, priority) -> on.partition().push(harmless().withPriority(priority)));
    Task tooHigh = harmless().withPriority(1);
    bad("priority of the queue", "push", on -> on.partition().push(tooHigh));
    bad("priority of the queue", "pushAsync", on -> on.partition().pushAsync(tooHigh).join());
    bad("priority of the queue", "pushAll", on -> on.partition().pushAll(List.of(tooHigh)));
    each(
        "priorities",
        List.of(0, -1, Limits.MAX_PRIORITIES + 1, Integer.MAX_VALUE),
        (on, levels) -> open(on, config(on).withPriorities(levels)));
    each(
        "low every",
        List.of(-1, 0, 1, Limits.MAX_PULL + 1, Integer.MIN_VALUE),
        (on, every) -> open(on, config(on).withPriorities(2).withLowEvery(every)));
    bad(
        "low every",
        "of one priority",
        on -> open(on, config(on).withPriorities(1).withLowEvery(2)));
  }

  private void addDeadLetters() {
    needs = Capability.DEAD_LETTERS;
    each("listed", BadValues.sizes(), (on, max) -> on.partition().deadLetters().list(max));
    each(
        "redriven",
        BadValues.sizes(),
        (on, max) -> on.partition().deadLetters().redriveOldest(max));
    bad("redriven id", null, on -> on.partition().deadLetters().redrive(null));
    needs = null;
  }

  private void addClosed() {
    closed("partition", on -> on.closed().queue().partition("p0"));
    closed("push", on -> on.closed().partition().push(harmless()));
    closed("pushAsync", on -> on.closed().partition().pushAsync(harmless()).join());
    closed("pushAll", on -> on.closed().partition().pushAll(List.of(harmless())));
    closed("puller", on -> on.closed().partition().puller());
    closed(
        "work", on -> on.closed().partition().work(delivery -> {}, WorkerOptions.concurrency(1)));
    closed("stats", on -> on.closed().partition().stats());
    closed("pull", on -> on.closed().puller().pull(1, Duration.ZERO));
    closed("pullAsync", on -> on.closed().puller().pullAsync(1, Duration.ZERO).join());
    closed("ack", on -> on.closed().delivery().ack());
    closed("ackAsync", on -> on.closed().delivery().ackAsync().join());
    closed("nak", on -> on.closed().delivery().nak());
    closed("nak later", on -> on.closed().delivery().nak(Duration.ofSeconds(1)));
    closed("extend", on -> on.closed().delivery().extend());
    needs = Capability.DELAY;
    closed("push later", on -> on.closed().partition().push(later(harmless())));
    closed("cancel", on -> on.closed().partition().cancel("bad"));
    needs = Capability.OLDEST_AGE;
    closed("oldestAge", on -> on.closed().partition().oldestAge());
    needs = Capability.DEAD_LETTERS;
    closed("deadLetter", on -> on.closed().delivery().deadLetter("reason"));
    closed("list", on -> on.closed().partition().deadLetters().list(1));
    closed("redrive", on -> on.closed().partition().deadLetters().redrive("bad"));
    closed("purge", on -> on.closed().partition().deadLetters().purge());
    needs = null;
  }

  /** A valid task. */
  private static Task harmless() {
    return Task.of("bad", "payload");
  }

  private static Task large(Target on) {
    return Task.of("large", new byte[on.scene().config.maxPayloadBytes() + 1]);
  }

  private static Task later(Task task) {
    return task.withDelay(Duration.ofHours(1));
  }
}
