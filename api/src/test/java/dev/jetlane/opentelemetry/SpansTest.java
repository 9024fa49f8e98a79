// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.context.propagation.TextMapSetter;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The spans of events that come in any order, twice, or without a beginning. */
class SpansTest {

  @RegisterExtension
  static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

  private final Tracing tracing = Tracing.of(TELEMETRY.getOpenTelemetry());

  private static Delivery delivery(Map<String, String> headers) {
    return (Delivery)
        Proxy.newProxyInstance(
            Delivery.class.getClassLoader(),
            new Class<?>[] {Delivery.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "partition" -> "gpu";
                  case "taskId" -> "task-7";
                  case "attempt" -> 3;
                  case "headers" -> headers;
                  case "hashCode" -> 7;
                  case "equals" -> proxy == arguments[0];
                  default -> "the delivery";
                });
  }

  /** Pushes a task, and returns its delivery. */
  private Delivery pushed(String id) {
    Task task = tracing.pushing("gpu", Task.of(id, "payload"));
    return delivery(task.headers());
  }

  private static List<SpanData> spans(String name) {
    return TELEMETRY.getSpans().stream().filter(span -> span.getName().equals(name)).toList();
  }

  private static SpanData only(String name) {
    List<SpanData> all = spans(name);
    assertThat(all).as(name).hasSize(1);
    return all.get(0);
  }

  private static @Nullable String text(SpanData span, String name) {
    return span.getAttributes().get(AttributeKey.stringKey(name));
  }

  private static @Nullable Long number(SpanData span, String name) {
    return span.getAttributes().get(AttributeKey.longKey(name));
  }

  /** The first push of an id ends first, and each partition has its own. */
  @Test
  void pushesOfOneIdEndOneByOne() {
    Delivery first = pushed("a");
    Delivery second = pushed("a");
    Task other = tracing.pushing("cpu", Task.of("a", ""));
    assertThat(other.headers()).isNotEqualTo(first.headers());
    tracing.pushed(new QueueEvent.Pushed("cpu", "a", true));
    assertThat(only("push cpu").getAttributes().get(AttributeKey.booleanKey("jetlane.duplicate")))
        .isTrue();
    tracing.pushed(new QueueEvent.Pushed("gpu", "a", false));
    assertThat(spans("push gpu"))
        .singleElement()
        .satisfies(
            span -> assertThat(first.headers().get("traceparent")).contains(span.getSpanId()));
    tracing.pushFailed(
        new QueueEvent.PushFailed("gpu", "a", new QueueUnavailableException("down", null)));
    assertThat(spans("push gpu")).hasSize(2);
    assertThat(second.headers().get("traceparent")).contains(spans("push gpu").get(1).getSpanId());
    assertThat(spans("push gpu").get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    tracing.pushed(new QueueEvent.Pushed("gpu", "a", true));
    tracing.pushFailed(
        new QueueEvent.PushFailed("gpu", "b", new QueueUnavailableException("down", null)));
    assertThat(spans("push gpu")).as("pushes that never began").hasSize(2);
    assertThat(
            spans("push gpu")
                .get(0)
                .getAttributes()
                .get(AttributeKey.booleanKey("jetlane.duplicate")))
        .isNull();
  }

  /** Otherwise a producer would keep the ids of all tasks that it ever pushed. */
  @Test
  void aPushThatEndedIsForgotten() {
    Tracing noop = Tracing.of(OpenTelemetry.noop());
    List<WeakReference<String>> ids = new ArrayList<>();
    ids.add(pushedAndEnded(noop, true));
    ids.add(pushedAndEnded(noop, false));
    for (int i = 0; i < 200 && ids.stream().anyMatch(id -> id.get() != null); i++) {
      System.gc();
    }
    assertThat(ids).as("ids that are kept").allMatch(id -> id.get() == null);
    tracing.pushed(new QueueEvent.Pushed("gpu", "unknown", false));
    assertThat(noop).as("reachable until here").isNotNull();
  }

  private static WeakReference<String> pushedAndEnded(Tracing tracing, boolean well) {
    String id = "task-" + well;
    Task unused = tracing.pushing("gpu", Task.of(id, ""));
    if (well) {
      tracing.pushed(new QueueEvent.Pushed("gpu", id, false));
    } else {
      tracing.pushFailed(
          new QueueEvent.PushFailed("gpu", id, new QueueUnavailableException("down", null)));
    }
    return new WeakReference<>(id);
  }

  @Test
  void aPushSpanIsTheParentOnlyOfItsTask() {
    Context before = Context.current();
    Delivery unused = pushed("a");
    assertThat(Context.current()).as("after the push").isSameAs(before);
    Delivery again = pushed("b");
    tracing.pushed(new QueueEvent.Pushed("gpu", "a", false));
    tracing.pushed(new QueueEvent.Pushed("gpu", "b", false));
    for (SpanData span : spans("push gpu")) {
      assertThat(span.getParentSpanContext().isValid()).isFalse();
      assertThat(span.getKind()).isEqualTo(SpanKind.PRODUCER);
      assertThat(number(span, "messaging.message.body.size")).isEqualTo(7);
      assertThat(text(span, "messaging.operation.name")).isEqualTo("push");
    }
    assertThat(again.headers()).containsKey("traceparent");
  }

  @Test
  void aHandlerHasItsSpanUntilItIsLeftAndItsEndLater() {
    Delivery delivery = pushed("a");
    tracing.pushed(new QueueEvent.Pushed("gpu", "a", false));
    Context before = Context.current();
    Handling handling = tracing.handling(delivery);
    String current = Span.current().getSpanContext().getSpanId();
    handling.left();
    assertThat(Context.current()).as("after the handler").isSameAs(before);
    assertThat(spans("process gpu")).isEmpty();
    handling.ended(new IllegalStateException("secret"));
    SpanData process = only("process gpu");
    assertThat(process.getSpanId()).isEqualTo(current);
    assertThat(process.getParentSpanId()).isEqualTo(only("push gpu").getSpanId());
    assertThat(process.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(text(process, "error.type")).isEqualTo("java.lang.IllegalStateException");
    assertThat(text(process, "messaging.message.id")).isEqualTo("task-7");
    assertThat(number(process, "jetlane.attempt")).isEqualTo(3);
    assertThat(process.toString()).doesNotContain("secret");
  }

  private void settleInEachWay(Delivery delivery, Duration took) {
    tracing.acked(new QueueEvent.Acked(delivery, false, Duration.ofHours(1), took));
    tracing.givenBack(
        new QueueEvent.GivenBack(delivery, Duration.ofHours(2), Duration.ofHours(1), took));
    tracing.deadLettered(
        new QueueEvent.DeadLettered(delivery, "secret", Duration.ofHours(1), took));
    tracing.settleFailed(
        new QueueEvent.SettleFailed(delivery, new QueueUnavailableException("secret", null)));
  }

  private static final List<String> SETTLEMENTS =
      List.of("ack gpu", "nak gpu", "dead-letter gpu", "settle gpu");

  @Test
  void aSettlementIsAChildOfThePushAndLastsAsLongAsItTook() {
    Delivery delivery = pushed("a");
    tracing.pushed(new QueueEvent.Pushed("gpu", "a", false));
    settleInEachWay(delivery, Duration.ofSeconds(50));
    for (String name : SETTLEMENTS) {
      SpanData span = only(name);
      assertThat(span.getParentSpanId()).as(name).isEqualTo(only("push gpu").getSpanId());
      assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
      assertThat(text(span, "messaging.operation.type")).isEqualTo("settle");
      assertThat(text(span, "messaging.operation.name") + " gpu").isEqualTo(name);
      assertThat(text(span, "messaging.message.id")).isEqualTo("task-7");
      assertThat(number(span, "jetlane.attempt")).isEqualTo(3);
      assertThat(span.toString()).doesNotContain("secret");
      boolean failed = name.equals("settle gpu");
      assertThat(span.getStatus().getStatusCode())
          .isEqualTo(failed ? StatusCode.ERROR : StatusCode.UNSET);
      assertThat(text(span, "error.type"))
          .isEqualTo(failed ? QueueUnavailableException.class.getName() : null);
      long seconds =
          TimeUnit.NANOSECONDS.toSeconds(span.getEndEpochNanos() - span.getStartEpochNanos());
      assertThat(seconds).as("length of %s", name).isBetween(failed ? 0L : 49L, failed ? 9L : 60L);
    }
  }

  @Test
  void aSettlementWithinASpanIsItsChild() {
    Delivery delivery = pushed("a");
    Span span = TELEMETRY.getOpenTelemetry().getTracer("test").spanBuilder("work").startSpan();
    try (Scope scope = span.makeCurrent()) {
      settleInEachWay(delivery, Duration.ZERO);
    } finally {
      span.end();
    }
    for (String name : SETTLEMENTS) {
      assertThat(only(name).getParentSpanId()).isEqualTo(span.getSpanContext().getSpanId());
    }
  }

  @Test
  void pullsHaveSpansOnlyIfRequestedAndOnlyWithTasks() {
    Delivery delivery = pushed("a");
    QueueEvent.Pulled two = new QueueEvent.Pulled("gpu", List.of(delivery, delivery(Map.of())));
    tracing.pulled(two);
    Tracing both = tracing.withPullSpans();
    both.pulled(new QueueEvent.Pulled("gpu", List.of()));
    assertThat(spans("pull gpu")).isEmpty();
    both.pulled(two);
    SpanData pull = only("pull gpu");
    assertThat(number(pull, "messaging.batch.message_count")).isEqualTo(2);
    assertThat(pull.getLinks()).hasSize(1);
    assertThat(text(pull, "messaging.operation.name")).isEqualTo("pull");
    assertThat(pull.getKind()).isEqualTo(SpanKind.CLIENT);
  }

  @Test
  void aTaskWithoutATraceHasTheCurrentContext() {
    assertThat(tracing.of(delivery(Map.of()))).isSameAs(Context.current());
    Delivery pushed = pushed("a");
    assertThat(Span.fromContext(tracing.of(pushed)).getSpanContext().isRemote()).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void telemetryIsNeeded() {
    assertThatThrownBy(() -> Tracing.of((OpenTelemetry) null))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("OpenTelemetry null");
  }

  /** A propagator that reads all names, and writes through a null carrier. */
  @Test
  void aPropagatorReceivesAllHeadersAndMayPassNothing() {
    List<String> seen = new ArrayList<>();
    TextMapPropagator propagator =
        new TextMapPropagator() {
          @Override
          public Collection<String> fields() {
            return List.of();
          }

          @Override
          public <C> void inject(Context context, @Nullable C carrier, TextMapSetter<C> setter) {
            setter.set(null, "nowhere", "x");
            setter.set(carrier, "added", "y");
          }

          @Override
          public <C> Context extract(
              Context context, @Nullable C carrier, TextMapGetter<C> getter) {
            if (carrier != null) {
              getter.keys(carrier).forEach(seen::add);
            }
            seen.add(getter.get(null, "a") + " " + getter.get(carrier, "a"));
            return context;
          }
        };
    TraceContext trace = new TraceContext(propagator);
    assertThat(trace.pushing("gpu", Task.of("id", "").withHeader("a", "1")).headers())
        .isEqualTo(Map.of("a", "1", "added", "y"));
    assertThat(trace.of(delivery(Map.of("a", "1")))).isSameAs(Context.current());
    assertThat(new TreeSet<>(seen)).containsExactlyInAnyOrder("a", "null 1");
    assertThat(W3CTraceContextPropagator.getInstance().fields()).contains("traceparent");
  }
}
