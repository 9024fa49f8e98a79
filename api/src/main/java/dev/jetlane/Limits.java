// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the contract, and checks for them. Each check throws {@link InvalidInputException}
 * with the value and the rule.
 *
 * <p>The limits are stricter than those of a nats-server: it stores {@code p.*} or {@code a>b} as a
 * literal subject that no consumer matches (observed on 2.9, 2.10 and 2.15), it trims header
 * values, and a line break in a value starts another header.
 */
public final class Limits {

  /** The maximum number of tasks in an atomic push, which is also the default of nats-server. */
  public static final int MAX_ATOMIC_PUSH = 1_000;

  /** The maximum total size of the payloads of an atomic push: 8 MiB. */
  public static final int MAX_ATOMIC_PUSH_BYTES = 8 * 1024 * 1024;

  /** The longest task id, in characters. */
  public static final int MAX_ID = 256;

  /** The maximum number of headers of a task. */
  public static final int MAX_HEADERS = 100;

  /** The maximum size of the headers of a task: names and values together, in bytes of UTF-8. */
  public static final int MAX_HEADER_BYTES = 16 * 1024;

  /** The maximum number of tasks of one pull, and the maximum prefetch. */
  public static final int MAX_PULL = 10_000;

  /** The maximum byte limit of a pull: 1 GiB. */
  public static final long MAX_PULL_BYTES = 1L << 30;

  /** The longest wait of one pull. */
  public static final Duration MAX_WAIT = Duration.ofHours(24);

  /** The longest delay of a nak. */
  public static final Duration MAX_DELAY = Duration.ofDays(7);

  /** The longest delay of a push. */
  public static final Duration MAX_PUSH_DELAY = Duration.ofDays(365);

  /** The longest time to live of a task. */
  public static final Duration MAX_TIME_TO_LIVE = Duration.ofDays(3650);

  /** The longest pause of a partition. */
  public static final Duration MAX_PAUSE = Duration.ofDays(365);

  /** The longest dead-letter reason, in characters. */
  public static final int MAX_REASON = 1_000;

  /** The shortest lease: a shorter one could expire in transit to the worker. */
  public static final Duration MIN_LEASE = Duration.ofMillis(100);

  /** The longest lease. */
  public static final Duration MAX_LEASE = Duration.ofDays(7);

  /** The longest time for which leases are kept. */
  public static final Duration MAX_KEEP = Duration.ofDays(365);

  /** The shortest dedup window; nats-server refuses less (error 10052). */
  public static final Duration MIN_WINDOW = Duration.ofMillis(100);

  /** The longest dedup window. */
  public static final Duration MAX_WINDOW = Duration.ofDays(7);

  /** The maximum number of outstanding tasks of a partition. */
  public static final int MAX_OUTSTANDING = 1_000_000;

  /**
   * The largest payload that a queue can be configured for; nats-server recommends at most 8 MiB.
   */
  public static final int MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;

  /** The maximum number of priorities; on a server each costs a consumer and a request per pull. */
  public static final int MAX_PRIORITIES = 10;

  private static final Pattern PARTITION_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern REASON =
      Pattern.compile("[!-~]([ -~]{0," + (MAX_REASON - 2) + "}[!-~])?");

  private Limits() {}

  /**
   * Checks a partition name of 1 to 64 ASCII letters, digits, {@code _} and {@code -}.
   *
   * @param name the name
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static String checkPartitionName(@Nullable String name) {
    return checkMatches("partition name", name, PARTITION_NAME, "must match " + PARTITION_NAME);
  }

  /**
   * Checks a task id of 1 to {@link #MAX_ID} printable ASCII characters without space.
   *
   * @param id the id
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static String checkTaskId(@Nullable String id) {
    if (id == null || id.isEmpty() || id.length() > MAX_ID || !isPrintable(id)) {
      throw new InvalidInputException(
          "task id", id, "must be 1 to " + MAX_ID + " printable ASCII characters, no space");
    }
    return id;
  }

  /** A loop, because this is on the path of every push: a regular expression took a fifth of it. */
  private static boolean isPrintable(String id) {
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c < '!' || c > '~') {
        return false;
      }
    }
    return true;
  }

  /**
   * Checks a size of a pull, from 1 to {@link #MAX_PULL}.
   *
   * @param max the size
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static int checkPullSize(int max) {
    return checkRange("pull size", max, 1, MAX_PULL);
  }

  /** Returns a size of a page, from 1 to {@link #MAX_PULL}. */
  static int checkPageSize(int max) {
    return checkRange("page size", max, 1, MAX_PULL);
  }

  /**
   * Checks a time of a pause, from 1 ms to {@link #MAX_PAUSE}.
   *
   * @param time the time
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkPause(@Nullable Duration time) {
    return checkRange("time of a pause", time, Duration.ofMillis(1), MAX_PAUSE);
  }

  /**
   * Checks a time between two redrives or moves, from zero to {@link #MAX_WAIT}.
   *
   * @param time the time
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkBetween(@Nullable Duration time) {
    return checkRange("time between two redrives", time, Duration.ZERO, MAX_WAIT);
  }

  /**
   * Checks the largest size of a batch of a worker, from 1 to {@link #MAX_PULL} divided by the
   * number of batches at the same time.
   *
   * @param maxSize the size
   * @param concurrency the number of batches at the same time
   * @return the size
   * @throws InvalidInputException if the value breaks this rule
   */
  public static int checkBatchSize(int maxSize, int concurrency) {
    return checkRange("size of a batch", maxSize, 1, Math.max(1, MAX_PULL / concurrency));
  }

  /**
   * Checks a wait of a batch of a worker, from 1 ms to {@link #MAX_WAIT}.
   *
   * @param wait the wait
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkBatchWait(@Nullable Duration wait) {
    return checkRange("wait of a batch", wait, Duration.ofMillis(1), MAX_WAIT);
  }

  /**
   * Checks a byte limit of a pull, from 1 to {@link #MAX_PULL_BYTES}.
   *
   * @param bytes the number of bytes
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static long checkPullBytes(long bytes) {
    if (bytes < 1 || bytes > MAX_PULL_BYTES) {
      throw new InvalidInputException(
          "byte limit of a pull", bytes, "must be from 1 to " + MAX_PULL_BYTES);
    }
    return bytes;
  }

  /**
   * Checks a prefetch, from 0 to {@link #MAX_PULL}.
   *
   * @param tasks the number of tasks
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static int checkPrefetch(int tasks) {
    return checkRange("prefetch", tasks, 0, MAX_PULL);
  }

  /**
   * Checks a wait of a pull, from zero to {@link #MAX_WAIT}.
   *
   * @param wait the wait
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkWait(@Nullable Duration wait) {
    return checkRange("pull wait", wait, Duration.ZERO, MAX_WAIT);
  }

  /**
   * Checks a delay of a nak, from zero to {@link #MAX_DELAY}.
   *
   * @param delay the delay
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkDelay(@Nullable Duration delay) {
    return checkRange("nak delay", delay, Duration.ZERO, MAX_DELAY);
  }

  /**
   * Checks a delay of a push, from zero to {@link #MAX_PUSH_DELAY}.
   *
   * @param delay the delay
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkPushDelay(@Nullable Duration delay) {
    return checkRange("push delay", delay, Duration.ZERO, MAX_PUSH_DELAY);
  }

  /** Returns a time to live of a task, from 1 ms to {@link #MAX_TIME_TO_LIVE}. */
  static Duration checkTimeToLive(@Nullable Duration time) {
    return checkRange("time to live", time, Duration.ofMillis(1), MAX_TIME_TO_LIVE);
  }

  /**
   * Checks a priority of a task, from 0 to {@code priorities - 1}.
   *
   * @param priority the priority
   * @param priorities the number of priorities of the queue
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static int checkPriority(int priority, int priorities) {
    return checkRange("priority of a task", priority, 0, priorities - 1);
  }

  /**
   * Checks a lease, from {@link #MIN_LEASE} to {@link #MAX_LEASE}.
   *
   * @param lease the lease
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkLease(@Nullable Duration lease) {
    return checkRange("lease", lease, MIN_LEASE, MAX_LEASE);
  }

  /** Returns a time of lease keeping, from zero to {@link #MAX_KEEP}. */
  static Duration checkKeep(String what, @Nullable Duration time) {
    return checkRange(what, time, Duration.ZERO, MAX_KEEP);
  }

  /** Returns an interval of lease keeping, from a millisecond to {@link #MAX_KEEP}. */
  static Duration checkKeepEvery(@Nullable Duration interval) {
    return checkRange("interval of lease extensions", interval, Duration.ofMillis(1), MAX_KEEP);
  }

  /**
   * Checks a dedup window, from {@link #MIN_WINDOW} to {@link #MAX_WINDOW}.
   *
   * @param window the window
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static Duration checkDedupWindow(@Nullable Duration window) {
    return checkRange("dedup window", window, MIN_WINDOW, MAX_WINDOW);
  }

  /**
   * Checks a dead-letter reason of 1 to {@link #MAX_REASON} printable ASCII characters.
   *
   * @param reason the reason
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static String checkReason(@Nullable String reason) {
    return checkMatches(
        "dead-letter reason",
        reason,
        REASON,
        "must be 1 to " + MAX_REASON + " printable ASCII characters, no space at start or end");
  }

  /**
   * Checks a payload size, from 0 to the queue's own maximum.
   *
   * @param bytes the size
   * @param maxPayloadBytes the maximum of the queue
   * @return the value
   * @throws InvalidInputException if the value breaks this rule
   */
  public static int checkPayloadSize(int bytes, int maxPayloadBytes) {
    return checkRange("payload size in bytes", bytes, 0, maxPayloadBytes);
  }

  /** Returns a copy of the headers of a task, as {@link Task#withHeader} wants them. */
  static Map<String, String> checkHeaders(@Nullable Map<String, String> headers) {
    Map<String, String> copy = new LinkedHashMap<>(checkPresent("headers", headers));
    checkRange("number of headers", copy.size(), 0, MAX_HEADERS);
    int bytes = 0;
    for (Map.Entry<String, String> header : copy.entrySet()) {
      checkHeaderName(header.getKey());
      bytes += header.getKey().length() + checkHeaderValue(header.getKey(), header.getValue());
    }
    checkRange("size of the headers in bytes", bytes, 0, MAX_HEADER_BYTES);
    return copy;
  }

  /** Returns the size of a header value in UTF-8. */
  private static int checkHeaderValue(String name, @Nullable String value) {
    if (value == null || !value.equals(value.strip()) || !isText(value)) {
      throw new InvalidInputException(
          "value of header " + name,
          value,
          "must be text without control characters and without white space at start or end");
    }
    return value.getBytes(StandardCharsets.UTF_8).length;
  }

  /** No control characters, and no half of a surrogate pair. */
  private static boolean isText(String value) {
    return value
        .codePoints()
        .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
  }

  private static void checkHeaderName(@Nullable String name) {
    String lower =
        checkMatches("header name", name, HEADER_NAME, "must match " + HEADER_NAME)
            .toLowerCase(Locale.ROOT);
    if (lower.startsWith("nats-") || lower.startsWith("jetlane-")) {
      throw new InvalidInputException(
          "header name", name, "must not start with Nats- or Jetlane-, which are reserved");
    }
  }

  static <T> T checkPresent(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }

  static int checkRange(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new InvalidInputException(what, value, "must be from " + min + " to " + max);
    }
    return value;
  }

  private static Duration checkRange(
      String what, @Nullable Duration value, Duration min, Duration max) {
    if (value == null || value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new InvalidInputException(what, value, "must be from " + min + " to " + max);
    }
    return value;
  }

  private static String checkMatches(
      String what, @Nullable String value, Pattern pattern, String rule) {
    if (value == null || !pattern.matcher(value).matches()) {
      throw new InvalidInputException(what, value, rule);
    }
    return value;
  }
}
