// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import dev.jetlane.Handling;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The failures of the handlers of one partition, by exception. It follows every call of a handler,
 * so that a call without a failure costs nothing but a comparison with null.
 */
final class HandlerFailures implements Handling {

  /** How many names of exceptions have a counter; a registry never forgets one. */
  static final int MOST_NAMES = 100;

  private static final String REST = "other";

  private final MeterRegistry registry;
  private final Tags tags;
  private final ConcurrentHashMap<String, Counter> counters = new ConcurrentHashMap<>();

  HandlerFailures(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
  }

  @Override
  public void ended(@Nullable Throwable failure) {
    if (failure != null) {
      count(name(failure.getClass()));
    }
  }

  /** An anonymous class has an empty simple name, and Prometheus drops an empty label. */
  private static String name(Class<?> exception) {
    String simple = exception.getSimpleName();
    return simple.isEmpty() ? exception.getName() : simple;
  }

  void count(String exception) {
    Counter known = counters.get(exception);
    (known != null ? known : counterOfNew(exception)).increment();
  }

  private synchronized Counter counterOfNew(String exception) {
    boolean full = counters.size() >= MOST_NAMES && !counters.containsKey(exception);
    return full ? counter(REST) : counters.computeIfAbsent(exception, this::counter);
  }

  private Counter counter(String exception) {
    return Counter.builder("jetlane.handler.failures")
        .description("Handlers that ended with an exception")
        .tags(tags.and("exception", exception))
        .register(registry);
  }
}
