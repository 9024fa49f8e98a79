// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.opentelemetry;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Creates spans according to OpenTelemetry's semantic conventions for messaging: one for each push,
 * each call of a handler and each settlement. The trace of the push continues at the worker, with
 * the headers of {@link TraceContext}. Use one of the two classes, not both.
 *
 * <pre>{@code
 * TaskQueue queue = NatsQueues.connect(options.withListener(Tracing.of(openTelemetry)));
 * }</pre>
 *
 * <table>
 *   <caption>Spans</caption>
 *   <tr><th>span</th><th>kind</th><th>parent</th></tr>
 *   <tr><td>{@code push gpu}</td><td>producer</td><td>the current span of the caller</td></tr>
 *   <tr><td>{@code process gpu}</td><td>consumer</td><td>the push; current span of the
 *       handler</td></tr>
 *   <tr><td>{@code ack gpu}, {@code nak gpu}, {@code dead-letter gpu}</td><td>client</td>
 *       <td>the current span of the caller, otherwise the push</td></tr>
 *   <tr><td>{@code pull gpu}, with {@link #withPullSpans}</td><td>client</td><td>the current
 *       span of the caller; links to the pushes of its tasks</td></tr>
 * </table>
 *
 * <p>During an asynchronous handler, its span is the current one until its method returns.
 *
 * <p>This class is immutable apart from the pending pushes, and thread-safe. It may listen to
 * several queues.
 */
@SuppressWarnings("exports") // Optional modules: see module-info.
public final class Tracing implements QueueListener {

  private static final String SCOPE = "dev.jetlane";

  private static final String SYSTEM = "messaging.system";
  private static final String DESTINATION = "messaging.destination.name";
  private static final String OPERATION = "messaging.operation.name";
  private static final String OPERATION_TYPE = "messaging.operation.type";
  private static final String MESSAGE_ID = "messaging.message.id";
  private static final String BODY_SIZE = "messaging.message.body.size";
  private static final String BATCH_SIZE = "messaging.batch.message_count";
  private static final String ERROR_TYPE = "error.type";
  private static final String ATTEMPT = "jetlane.attempt";
  private static final String DUPLICATE = "jetlane.duplicate";

  /** The key of a pending push. Several pushes with one id may end in any order. */
  private record Push(String partition, String taskId) {}

  private final Tracer tracer;
  private final TraceContext headers;
  private final boolean pullSpans;
  private final Map<Push, Queue<Span>> pushes = new ConcurrentHashMap<>();

  private Tracing(Tracer tracer, TraceContext headers, boolean pullSpans) {
    this.tracer = tracer;
    this.headers = headers;
    this.pullSpans = pullSpans;
  }

  /**
   * Returns a listener that creates spans.
   *
   * @param openTelemetry creates the spans and propagates the context; with the agent {@code
   *     GlobalOpenTelemetry.get()}
   * @return the listener
   * @throws InvalidInputException if it is null
   */
  public static Tracing of(OpenTelemetry openTelemetry) {
    if (openTelemetry == null) {
      throw new InvalidInputException("OpenTelemetry", null, "must not be null");
    }
    TraceContext headers = new TraceContext(openTelemetry.getPropagators().getTextMapPropagator());
    return new Tracing(openTelemetry.getTracer(SCOPE), headers, false);
  }

  /**
   * Returns a listener that also creates a span for each pull that brings tasks, with a link to the
   * push of each task. Use it for loops over a {@link dev.jetlane.Puller}; a worker has the spans
   * of its handlers. The span has no duration, because a wait for tasks is not work.
   *
   * @return the listener
   */
  public Tracing withPullSpans() {
    return new Tracing(tracer, headers, true);
  }

  /**
   * Returns the context of the push of a task, for a span around your own processing of a pulled
   * task.
   *
   * @param delivery the delivery
   * @return the current context, with the span of the push if the headers have one
   */
  public Context of(Delivery delivery) {
    return headers.of(delivery);
  }

  @Override
  public Task pushing(String partition, Task task) {
    Span span =
        span("push", "send", SpanKind.PRODUCER, partition)
            .setAttribute(MESSAGE_ID, task.id())
            .setAttribute(BODY_SIZE, (long) task.payloadSize())
            .startSpan();
    Queue<Span> unused =
        pushes.compute(
            new Push(partition, task.id()),
            (push, known) -> {
              Queue<Span> spans = known == null ? new ArrayDeque<>(1) : known;
              spans.add(span);
              return spans;
            });
    try (Scope scope = span.makeCurrent()) {
      return headers.pushing(partition, task);
    }
  }

  @Override
  public void pushed(QueueEvent.Pushed event) {
    Span span = endedPush(event.partition(), event.taskId());
    if (event.duplicate()) {
      span.setAttribute(DUPLICATE, true);
    }
    span.end();
  }

  @Override
  public void pushFailed(QueueEvent.PushFailed event) {
    end(endedPush(event.partition(), event.taskId()), event.error());
  }

  private Span endedPush(String partition, String taskId) {
    Span[] ended = {Span.getInvalid()};
    pushes.computeIfPresent(
        new Push(partition, taskId),
        (push, spans) -> {
          Span first = spans.poll();
          ended[0] = first == null ? Span.getInvalid() : first;
          return spans.isEmpty() ? null : spans;
        });
    return ended[0];
  }

  @Override
  public void pulled(QueueEvent.Pulled event) {
    List<Delivery> deliveries = event.deliveries();
    if (!pullSpans || deliveries.isEmpty()) {
      return;
    }
    SpanBuilder pull =
        span("pull", "receive", SpanKind.CLIENT, event.partition())
            .setAttribute(BATCH_SIZE, (long) deliveries.size());
    for (Delivery delivery : deliveries) {
      pull.addLink(Span.fromContext(headers.of(delivery)).getSpanContext());
    }
    pull.startSpan().end();
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // The handling closes the scope when the handler ends.
  public Handling handling(Delivery delivery) {
    Span span =
        of(delivery, "process", "process", SpanKind.CONSUMER)
            .setParent(headers.of(delivery))
            .startSpan();
    Scope scope = span.makeCurrent();
    return new Handling() {
      @Override
      public void left() {
        scope.close();
      }

      @Override
      public void ended(@Nullable Throwable failure) {
        end(span, failure);
      }
    };
  }

  @Override
  public void acked(QueueEvent.Acked event) {
    settled("ack", event.delivery(), event.took(), null);
  }

  @Override
  public void givenBack(QueueEvent.GivenBack event) {
    settled("nak", event.delivery(), event.took(), null);
  }

  @Override
  public void deadLettered(QueueEvent.DeadLettered event) {
    settled("dead-letter", event.delivery(), event.took(), null);
  }

  @Override
  public void settleFailed(QueueEvent.SettleFailed event) {
    settled("settle", event.delivery(), Duration.ZERO, event.error());
  }

  private void settled(
      String operation, Delivery delivery, Duration took, @Nullable Throwable failure) {
    Context current = Context.current();
    boolean inSpan = Span.fromContext(current).getSpanContext().isValid();
    Span span =
        of(delivery, operation, "settle", SpanKind.CLIENT)
            .setParent(inSpan ? current : headers.of(delivery))
            .setStartTimestamp(Instant.now().minus(took))
            .startSpan();
    end(span, failure);
  }

  private SpanBuilder of(Delivery delivery, String operation, String type, SpanKind kind) {
    return span(operation, type, kind, delivery.partition())
        .setAttribute(MESSAGE_ID, delivery.taskId())
        .setAttribute(ATTEMPT, (long) delivery.attempt());
  }

  private SpanBuilder span(String operation, String type, SpanKind kind, String partition) {
    return tracer
        .spanBuilder(operation + " " + partition)
        .setSpanKind(kind)
        .setAttribute(SYSTEM, "jetlane")
        .setAttribute(DESTINATION, partition)
        .setAttribute(OPERATION, operation)
        .setAttribute(OPERATION_TYPE, type);
  }

  /**
   * Ends a span. Of a failure only the type becomes an attribute, because its message may quote a
   * payload.
   */
  private static void end(Span span, @Nullable Throwable failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute(ERROR_TYPE, failure.getClass().getName());
    }
    span.end();
  }
}
