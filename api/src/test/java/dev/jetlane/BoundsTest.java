// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both bounds of each range: the last valid value, the first invalid one, and its message. */
@SuppressWarnings("NullAway") // Callers without a null checker pass null.
class BoundsTest {

  private record Numbers(String what, LongFunction<?> call, long min, long max) {
    @Override
    public String toString() {
      return what;
    }
  }

  private record Times(
      String what, Function<@Nullable Duration, ?> call, Duration min, Duration max) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static final PullOptions PULL = PullOptions.defaults();
  private static final QueueConfig QUEUE = QueueConfig.defaults();
  private static final WorkerOptions WORKER = WorkerOptions.defaults();
  private static final Task TASK = Task.of("id", "");
  private static final int ANY = Integer.MAX_VALUE;

  static Stream<Numbers> numbers() {
    return Stream.of(
        new Numbers("pull size", n -> Limits.checkPullSize((int) n), 1, 10_000),
        new Numbers("page size", n -> TaskQuery.defaults().withMax((int) n), 1, 10_000),
        new Numbers("page size", n -> DeadLetterQuery.defaults().withMax((int) n), 1, 10_000),
        new Numbers("byte limit of a pull", Limits::checkPullBytes, 1, 1_073_741_824),
        new Numbers("byte limit of a pull", PULL::withMaxBytes, 1, 1_073_741_824),
        new Numbers("prefetch", n -> PULL.withPrefetch((int) n), 0, 10_000),
        new Numbers("priority of a task", n -> Limits.checkPriority((int) n, 3), 0, 2),
        new Numbers("priority of a task", n -> TASK.withPriority((int) n), 0, 9),
        new Numbers("size of a batch", n -> Limits.checkBatchSize((int) n, 4), 1, 2_500),
        new Numbers("size of a batch", n -> Limits.checkBatchSize((int) n, 3), 1, 3_333),
        new Numbers("size of a batch", n -> Limits.checkBatchSize((int) n, 20_000), 1, 1),
        new Numbers("concurrency", n -> WorkerOptions.concurrency((int) n), 1, 10_000),
        new Numbers("concurrency", n -> WORKER.withConcurrency((int) n), 1, 10_000),
        new Numbers("tasks to fetch ahead", n -> WORKER.withFetchAhead((int) n), 0, 10_000),
        new Numbers(
            "attempts", n -> RetryPolicy.standard().givingUpAfter((int) n), 1, Integer.MAX_VALUE),
        new Numbers("maxDeliveries", n -> QUEUE.withMaxDeliveries((int) n), 1, ANY),
        new Numbers("maxOutstanding", n -> QUEUE.withMaxOutstanding((int) n), 1, 1_000_000),
        new Numbers("maxTasks", n -> QUEUE.withMaxTasks((int) n), 1, ANY),
        new Numbers("maxPayloadBytes", n -> QUEUE.withMaxPayloadBytes((int) n), 0, 8_388_608),
        new Numbers("priorities", n -> QUEUE.withPriorities((int) n), 1, 10),
        new Numbers("payload size in bytes", n -> Limits.checkPayloadSize((int) n, 10), 0, 10));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void ofNumbers(Numbers range) {
    for (long valid : new long[] {range.min, range.max}) {
      assertThatCode(() -> range.call.apply(valid))
          .as("%s %s", range.what, valid)
          .doesNotThrowAnyException();
    }
    for (long invalid : new long[] {range.min - 1, range.max + 1}) {
      if (invalid <= Integer.MAX_VALUE) {
        assertThatThrownBy(() -> range.call.apply(invalid))
            .as("%s %s", range.what, invalid)
            .isInstanceOf(InvalidInputException.class)
            .hasMessage(
                range.what + " " + invalid + ": must be from " + range.min + " to " + range.max);
      }
    }
  }

  static Stream<Times> times() {
    Duration milli = Duration.ofMillis(1);
    Duration day = Duration.ofDays(1);
    Duration year = Duration.ofDays(365);
    Duration tenth = Duration.ofMillis(100);
    return Stream.of(
        new Times("pull wait", Limits::checkWait, Duration.ZERO, day),
        new Times("pull wait", WORKER::withCloseDeadline, Duration.ZERO, day),
        new Times("nak delay", Limits::checkDelay, Duration.ZERO, day.multipliedBy(7)),
        new Times("nak delay", RetryPolicy::fixed, Duration.ZERO, day.multipliedBy(7)),
        new Times("push delay", TASK::withDelay, Duration.ZERO, year),
        new Times("time to live", TASK::withTimeToLive, milli, year.multipliedBy(10)),
        new Times("time of a pause", Limits::checkPause, milli, year),
        new Times("time between two redrives", Limits::checkBetween, Duration.ZERO, day),
        new Times("wait of a batch", Limits::checkBatchWait, milli, day),
        new Times("lease", QUEUE::withLease, tenth, day.multipliedBy(7)),
        new Times("dedup window", QUEUE::withDedupWindow, tenth, day.multipliedBy(7)),
        new Times("time to keep leases", PULL::withKeepFor, Duration.ZERO, year),
        new Times("time to keep leases", WORKER::withKeepFor, Duration.ZERO, year),
        new Times("interval of lease extensions", PULL::withKeepEvery, milli, year),
        new Times("interval of lease extensions", WORKER::withKeepEvery, milli, year));
  }

  @ParameterizedTest
  @MethodSource("times")
  void ofTimes(Times range) {
    for (Duration valid : List.of(range.min, range.max)) {
      assertThatCode(() -> range.call.apply(valid))
          .as("%s %s", range.what, valid)
          .doesNotThrowAnyException();
    }
    for (Duration invalid : Arrays.asList(null, range.min.minusNanos(1), range.max.plusNanos(1))) {
      assertThatThrownBy(() -> range.call.apply(invalid))
          .as("%s %s", range.what, invalid)
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              range.what + " " + invalid + ": must be from " + range.min + " to " + range.max);
    }
  }

  @Test
  void ofTheTimesOfAHandler() {
    Map<String, Function<@Nullable Duration, ?>> calls = new LinkedHashMap<>();
    calls.put("time limit of handlers", WORKER::withTimeLimit);
    calls.put("time after which a handler hangs", WORKER::withHungAfter);
    calls.forEach(
        (what, call) -> {
          for (Duration valid : List.of(Duration.ofNanos(1), Duration.ofDays(365))) {
            assertThatCode(() -> call.apply(valid)).as(what).doesNotThrowAnyException();
          }
          for (Duration invalid :
              Arrays.asList(
                  null, Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(365).plusNanos(1))) {
            assertThatThrownBy(() -> call.apply(invalid))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(what + " " + invalid + ": must be above zero, up to PT8760H");
          }
        });
  }

  @Test
  void ofTheTurnsOfLowPriorities() {
    QueueConfig two = QUEUE.withPriorities(2);
    assertThat(two.withLowEvery(2).lowEvery()).hasValue(2);
    assertThat(two.withLowEvery(10_000).lowEvery()).hasValue(10_000);
    for (int invalid : new int[] {1, 0, -1, 10_001}) {
      assertThatThrownBy(() -> two.withLowEvery(invalid))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("lowEvery " + invalid + ": must be from 2 to 10000");
    }
    assertThatThrownBy(() -> QUEUE.withLowEvery(2))
        .as("one priority")
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void ofExponentialDelays() {
    Duration week = Duration.ofDays(7);
    Duration nano = Duration.ofNanos(1);
    assertThat(RetryPolicy.exponential(week, week).delay(1, new Exception())).contains(week);
    assertThat(RetryPolicy.exponential(nano, nano).delay(9, new Exception())).contains(nano);
    for (Duration first : Arrays.asList(null, Duration.ZERO, nano.negated(), week.plusNanos(1))) {
      assertThatThrownBy(() -> RetryPolicy.exponential(first, week))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage(
              "first delay "
                  + first
                  + ": must be above zero and at most the longest delay, PT168H");
    }
    for (Duration longest : Arrays.asList(null, week.plusNanos(1), nano.negated())) {
      assertThatThrownBy(() -> RetryPolicy.exponential(nano, longest))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("nak delay " + longest);
    }
  }

  @Test
  void ofJitter() {
    RetryPolicy policy = RetryPolicy.fixed(Duration.ofSeconds(8));
    for (double valid : new double[] {0, 1}) {
      assertThat(policy.withJitter(valid, 7).delay(1, new Exception())).isPresent();
      assertThat(policy.withJitter(valid).delay(1, new Exception())).isPresent();
    }
    for (double invalid : new double[] {-0.001, 1.001, Double.NaN}) {
      assertThatThrownBy(() -> policy.withJitter(invalid))
          .isInstanceOf(InvalidInputException.class)
          .hasMessage("jitter " + invalid + ": must be from 0 to 1");
      assertThatThrownBy(() -> policy.withJitter(invalid, 7))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  @Test
  void ofTexts() {
    assertThat(Limits.checkReason("x")).isEqualTo("x");
    assertThat(Limits.checkReason("x y")).isEqualTo("x y");
    assertThat(Limits.checkReason("!~")).isEqualTo("!~");
    assertThat(Task.of("!", "").id()).isEqualTo("!");
    assertThat(Task.of("~", "").id()).isEqualTo("~");
  }

  /** The limit counts bytes, of names and values, over all headers. */
  @Test
  void ofHeadersInBytes() {
    String half = "\u00e9".repeat(4_095);
    Task full = TASK.withHeader("ab", half).withHeader("cd", half);
    assertThat(full.headers()).hasSize(2);
    assertThatThrownBy(() -> full.withHeader("e", ""))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("size of the headers in bytes 16385: must be from 0 to 16384");
    assertThat(full.withHeader("cd", "").withHeader("e", "f").headers()).hasSize(3);
  }

  @Test
  void reservedHeadersAreRefusedInAnyCaseAndOthersAreNot() {
    for (String reserved : List.of("Nats-", "nAtS-x", "Jetlane-", "JETLANE-y")) {
      assertThatThrownBy(() -> TASK.withHeader(reserved, "v"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("reserved");
    }
    for (String free : List.of("Nats", "Jetlane", "x-nats-y", "my-jetlane-z")) {
      assertThat(TASK.withHeader(free, "v").headers()).containsEntry(free, "v");
    }
  }

  @Test
  void aShownValueHasEightyCharacters() {
    assertThat(new InvalidInputException("name", "x".repeat(80), "must be nice"))
        .hasMessage("name \"" + "x".repeat(80) + "\": must be nice");
    assertThat(new InvalidInputException("name", "x".repeat(81), "must be nice"))
        .hasMessage("name \"" + "x".repeat(80) + "\"... (81 characters): must be nice");
    assertThat(new InvalidInputException("name", " ~\\\u001f\u007f", "must be nice"))
        .hasMessage("name \" ~\\u005c\\u001f\\u007f\": must be nice");
    assertThat(new InvalidInputException("name", null, "must be nice").rule())
        .isEqualTo("must be nice");
  }
}
