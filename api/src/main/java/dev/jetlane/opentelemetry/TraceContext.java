// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.opentelemetry;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries the trace context of a producer to the worker, in the headers of the task. Creates no
 * spans, unlike {@link Tracing}.
 *
 * <p>As a listener of the queue it adds the current context to the headers of every pushed task; a
 * worker extracts it:
 *
 * <pre>{@code
 * TraceContext trace = new TraceContext(W3CTraceContextPropagator.getInstance());
 * TaskQueue queue = NatsQueues.connect(options.withListener(trace));
 * ...
 * try (Scope scope = trace.of(delivery).makeCurrent()) {
 *   work(delivery.payload()); // its spans belong to the trace of the push
 * }
 * }</pre>
 *
 * <p>With the W3C propagator these are the headers {@code traceparent} and {@code tracestate},
 * which the OpenTelemetry agent's instrumentation of {@code nats} also writes and reads. If the
 * agent instruments the sending itself, its {@code traceparent} replaces this one.
 *
 * <p>This class is thread-safe.
 */
@SuppressWarnings("exports") // OpenTelemetry is an optional module: see module-info.
public final class TraceContext implements QueueListener {

  private final TextMapPropagator propagator;

  /**
   * Creates a listener that carries the context with a propagator.
   *
   * @param propagator such as {@code W3CTraceContextPropagator.getInstance()}, or the {@code
   *     getPropagators().getTextMapPropagator()} of an {@code OpenTelemetry}
   * @throws InvalidInputException if it is null
   */
  public TraceContext(TextMapPropagator propagator) {
    if (propagator == null) {
      throw new InvalidInputException("propagator", null, "must not be null");
    }
    this.propagator = propagator;
  }

  /**
   * Returns the task with the headers of the current context, or unchanged if it has no room for
   * them.
   */
  @Override
  public Task pushing(String partition, Task task) {
    Map<String, String> headers = new LinkedHashMap<>(task.headers());
    propagator.inject(Context.current(), headers, TraceContext::set);
    if (headers.equals(task.headers())) {
      return task;
    }
    try {
      return task.withHeaders(headers);
    } catch (InvalidInputException tooLarge) {
      return task;
    }
  }

  /**
   * Returns the current context, with the trace of the push if the headers of the task have one.
   *
   * @param delivery the delivery
   * @return the context
   */
  public Context of(Delivery delivery) {
    return propagator.extract(Context.current(), delivery.headers(), Getter.INSTANCE);
  }

  private static void set(@Nullable Map<String, String> headers, String name, String value) {
    if (headers != null) {
      headers.put(name, value);
    }
  }

  private enum Getter implements TextMapGetter<Map<String, String>> {
    INSTANCE;

    @Override
    public Iterable<String> keys(Map<String, String> headers) {
      return headers.keySet();
    }

    @Override
    public @Nullable String get(@Nullable Map<String, String> headers, String name) {
      return headers == null ? null : headers.get(name);
    }
  }
}
