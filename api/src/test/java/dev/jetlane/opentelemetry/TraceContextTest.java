// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Task;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TraceContextTest {

  @RegisterExtension
  static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

  private final Tracer tracer = TELEMETRY.getOpenTelemetry().getTracer("test");
  private final TraceContext trace = new TraceContext(W3CTraceContextPropagator.getInstance());

  @Test
  void theWorkersSpanBelongsToTheTraceOfThePush() {
    Span pushing = tracer.spanBuilder("push").startSpan();
    Task task;
    try (Scope scope = pushing.makeCurrent()) {
      task = trace.pushing("gpu", Task.of("a", "payload").withHeader("mine", "kept"));
    } finally {
      pushing.end();
    }
    try (Scope scope = trace.of(delivery(task.headers())).makeCurrent()) {
      tracer.spanBuilder("work").startSpan().end();
    }
    List<SpanData> spans = TELEMETRY.getSpans();
    SpanData push = spans.get(0);
    SpanData work = spans.get(1);
    assertThat(work.getTraceId()).isEqualTo(push.getTraceId());
    assertThat(work.getParentSpanId()).isEqualTo(push.getSpanId());
    assertThat(work.getParentSpanContext().isRemote()).isTrue();
    assertThat(task.headers())
        .containsEntry("mine", "kept")
        .containsEntry("traceparent", "00-" + push.getTraceId() + "-" + push.getSpanId() + "-01");
  }

  /** The agent's instrumentation of nats writes the same header, in the format of W3C. */
  @Test
  void understandsTheHeaderOfOthers() {
    String traceId = "0af7651916cd43dd8448eb211c80319c";
    String spanId = "b7ad6b7169203331";
    Map<String, String> headers = Map.of("traceparent", "00-" + traceId + "-" + spanId + "-01");
    Span span = Span.fromContext(trace.of(delivery(headers)));
    assertThat(span.getSpanContext().getTraceId()).isEqualTo(traceId);
    assertThat(span.getSpanContext().getSpanId()).isEqualTo(spanId);
  }

  @Test
  void withoutASpanNothingIsAdded() {
    Task task = Task.of("a", "payload");
    assertThat(trace.pushing("gpu", task)).isSameAs(task);
    assertThat(trace.of(delivery(Map.of()))).isSameAs(Context.current());
  }

  @Test
  void aTaskWithoutRoomIsPushedUnchanged() {
    Task full = Task.of("a", "").withHeader("large", "x".repeat(16 * 1024 - 5));
    Span span = tracer.spanBuilder("push").startSpan();
    try (Scope scope = span.makeCurrent()) {
      assertThat(trace.pushing("gpu", full)).isSameAs(full);
    } finally {
      span.end();
    }
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void nullIsRefused() {
    assertThatThrownBy(() -> new TraceContext(null)).isInstanceOf(InvalidInputException.class);
  }

  private static Delivery delivery(Map<String, String> headers) {
    return (Delivery)
        Proxy.newProxyInstance(
            Delivery.class.getClassLoader(),
            new Class<?>[] {Delivery.class},
            (proxy, method, arguments) -> method.getName().equals("headers") ? headers : null);
  }
}
