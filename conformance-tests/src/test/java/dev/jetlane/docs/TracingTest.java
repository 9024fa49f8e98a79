// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.opentelemetry.Tracing;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.MDC;

/** The spans of a queue, and the example of the page about them; {@link SnippetsTest} compares. */
@Timeout(60)
class TracingTest {

  @RegisterExtension
  static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

  private final Tracer tracer = TELEMETRY.getOpenTelemetry().getTracer("test");
  private final InMemoryServer server = InMemoryServer.create(new ManualClock());
  private final Tracing tracing = Tracing.of(TELEMETRY.getOpenTelemetry());

  private Partition gpu(TaskQueue queue) {
    return queue.partition("gpu");
  }

  private TaskQueue connect(QueueListener listener) {
    return server.connect(QueueConfig.defaults(), List.of(listener));
  }

  private static List<SpanData> spans(String name) {
    return TELEMETRY.getSpans().stream().filter(span -> span.getName().equals(name)).toList();
  }

  private static SpanData span(String name) {
    List<SpanData> all = spans(name);
    assertThat(all).as("spans %s of %s", name, TELEMETRY.getSpans()).hasSize(1);
    return all.get(0);
  }

  private static String attribute(SpanData span, String name) {
    return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(name)));
  }

  private static long number(SpanData span, String name) {
    Long value = span.getAttributes().get(AttributeKey.longKey(name));
    return value == null ? -1 : value;
  }

  @Test
  void pushHandlerAndAckAreOneTrace() throws InterruptedException {
    try (TaskQueue queue = connect(tracing)) {
      Span request = tracer.spanBuilder("request").startSpan();
      try (Scope scope = request.makeCurrent()) {
        gpu(queue).push(Task.of("task-42", "payload"));
      } finally {
        request.end();
      }
      try (Worker worker = gpu(queue).work(this::render, WorkerOptions.concurrency(1))) {
        server.awaitWorkers();
        assertThat(worker.running()).isZero();
      }
    }
    SpanData push = span("push gpu");
    SpanData process = span("process gpu");
    SpanData ack = span("ack gpu");
    assertThat(push.getParentSpanId()).isEqualTo(span("request").getSpanId());
    assertThat(process.getParentSpanId()).isEqualTo(push.getSpanId());
    assertThat(process.getParentSpanContext().isRemote()).isTrue();
    assertThat(ack.getParentSpanId()).isEqualTo(push.getSpanId());
    assertThat(span("work").getParentSpanId()).isEqualTo(process.getSpanId());
    assertThat(push.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(process.getKind()).isEqualTo(SpanKind.CONSUMER);
    assertThat(ack.getKind()).isEqualTo(SpanKind.CLIENT);
    for (SpanData span : List.of(push, process, ack)) {
      assertThat(attribute(span, "messaging.system")).isEqualTo("jetlane");
      assertThat(attribute(span, "messaging.destination.name")).isEqualTo("gpu");
      assertThat(attribute(span, "messaging.message.id")).isEqualTo("task-42");
      assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }
    assertThat(attribute(push, "messaging.operation.type")).isEqualTo("send");
    assertThat(attribute(process, "messaging.operation.type")).isEqualTo("process");
    assertThat(attribute(ack, "messaging.operation.type")).isEqualTo("settle");
    assertThat(attribute(ack, "messaging.operation.name")).isEqualTo("ack");
    assertThat(number(push, "messaging.message.body.size")).isEqualTo(7);
    assertThat(number(process, "jetlane.attempt")).isEqualTo(1);
  }

  private void render(Delivery delivery) {
    tracer.spanBuilder("work").startSpan().end();
  }

  @Test
  void aFailedHandlerIsAnErrorWithItsTypeAndNotItsText() throws InterruptedException {
    try (TaskQueue queue = connect(tracing)) {
      gpu(queue).push(Task.of("a", ""));
      WorkerOptions once =
          WorkerOptions.concurrency(1)
              .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO).givingUpAfter(1))
              .withFailureListener(failure -> {});
      try (Worker worker =
          gpu(queue)
              .work(
                  delivery -> {
                    throw new IllegalStateException("the password is 123");
                  },
                  once)) {
        server.awaitWorkers();
        assertThat(worker.running()).isZero();
      }
    }
    SpanData process = span("process gpu");
    assertThat(process.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(attribute(process, "error.type")).isEqualTo("java.lang.IllegalStateException");
    assertThat(process.toString()).doesNotContain("password");
    assertThat(span("dead-letter gpu").getParentSpanId()).isEqualTo(span("push gpu").getSpanId());
  }

  @Test
  void theSpanOfAnAsynchronousHandlerLastsUntilItsStageCompletes() throws InterruptedException {
    CompletableFuture<Void> work = new CompletableFuture<>();
    CountDownLatch began = new CountDownLatch(1);
    try (TaskQueue queue = connect(tracing)) {
      gpu(queue).push(Task.of("a", ""));
      try (Worker worker =
          gpu(queue)
              .workAsync(
                  delivery -> {
                    began.countDown();
                    return work;
                  },
                  WorkerOptions.concurrency(1))) {
        began.await();
        assertThat(spans("process gpu")).isEmpty();
        work.complete(null);
        server.awaitWorkers();
        assertThat(worker.running()).isZero();
      }
    }
    assertThat(span("process gpu").getParentSpanId()).isEqualTo(span("push gpu").getSpanId());
  }

  @Test
  void aBatchIsAPushEachAndOnePullWithALinkToEach() throws InterruptedException {
    try (TaskQueue queue = connect(tracing.withPullSpans())) {
      List<Task> tasks = List.of(Task.of("a", ""), Task.of("b", ""), Task.of("c", ""));
      gpu(queue).pushAll(tasks).requireAllStored();
      try (Puller puller = gpu(queue).puller()) {
        List<Delivery> pulled = puller.pull(10, Duration.ZERO);
        for (Delivery delivery : pulled) {
          try (Scope scope = tracing.of(delivery).makeCurrent()) {
            delivery.ack();
          }
        }
        assertThat(puller.pull(10, Duration.ZERO)).isEmpty();
      }
    }
    List<String> pushes = spans("push gpu").stream().map(SpanData::getSpanId).toList();
    SpanData pull = span("pull gpu");
    assertThat(pull.getLinks())
        .map(LinkData::getSpanContext)
        .map(context -> context.getSpanId())
        .isEqualTo(pushes);
    assertThat(number(pull, "messaging.batch.message_count")).isEqualTo(3);
    assertThat(attribute(pull, "messaging.operation.type")).isEqualTo("receive");
    assertThat(spans("ack gpu")).map(SpanData::getParentSpanId).isEqualTo(pushes);
  }

  @Test
  void eachPushEndsItsSpanWithAnyOutcome() {
    try (TaskQueue queue = connect(tracing)) {
      Partition gpu = gpu(queue);
      gpu.push(Task.of("a", ""));
      gpu.push(Task.of("a", ""));
      server.faults().refuseNext(Faults.Call.PUSH);
      assertThatThrownBy(() -> gpu.push(Task.of("b", "")))
          .isInstanceOf(QueueUnavailableException.class);
      byte[] tooLarge = new byte[QueueConfig.defaults().maxPayloadBytes() + 1];
      assertThatThrownBy(() -> gpu.push(Task.of("c", tooLarge)))
          .isInstanceOf(InvalidInputException.class);
      assertThatThrownBy(() -> gpu.pushAll(List.of(Task.of("d", ""), Task.of("c", tooLarge))))
          .isInstanceOf(InvalidInputException.class);
    }
    List<SpanData> pushes = spans("push gpu");
    assertThat(pushes)
        .map(span -> attribute(span, "messaging.message.id"))
        .containsExactly("a", "a", "b");
    assertThat(pushes.get(1).getAttributes().get(AttributeKey.booleanKey("jetlane.duplicate")))
        .isTrue();
    assertThat(pushes.get(2).getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(attribute(pushes.get(2), "error.type"))
        .isEqualTo(QueueUnavailableException.class.getName());
  }

  @Test
  void theExampleOfALoggingContextRestoresIt() throws InterruptedException {
    try (TaskQueue queue = connect(new LoggingContext())) {
      gpu(queue).push(Task.of("a", ""));
      try (Worker worker = gpu(queue).work(delivery -> {}, WorkerOptions.concurrency(1))) {
        server.awaitWorkers();
        assertThat(worker.running()).isZero();
      }
    }
    assertThat(server.tasks("gpu")).isEmpty();
  }

  /** Partition and task in each line that a handler logs. */
  static final class LoggingContext implements QueueListener {

    @Override
    public Handling handling(Delivery delivery) {
      MDC.put("partition", delivery.partition());
      MDC.put("task", delivery.taskId());
      return new Handling() {
        @Override
        public void left() {
          MDC.remove("partition");
          MDC.remove("task");
        }
      };
    }
  }

  @Test
  void theExampleOfAnObservationSeesEachAttempt() throws InterruptedException {
    ObservationRegistry registry = ObservationRegistry.create();
    List<String> seen = new CopyOnWriteArrayList<>();
    registry
        .observationConfig()
        .observationHandler(
            new ObservationHandler<>() {
              @Override
              public void onStop(Observation.Context context) {
                seen.add(context.getName() + " " + context.getError());
              }

              @Override
              public boolean supportsContext(Observation.Context context) {
                return true;
              }
            });
    List<Boolean> current = new CopyOnWriteArrayList<>();
    try (TaskQueue queue = connect(new Observing(registry))) {
      gpu(queue).push(Task.of("good", ""));
      gpu(queue).push(Task.of("bad", ""));
      try (Worker worker =
          gpu(queue)
              .work(
                  delivery -> {
                    current.add(registry.getCurrentObservation() != null);
                    if (delivery.taskId().equals("bad")) {
                      throw new IllegalStateException("bad");
                    }
                  },
                  WorkerOptions.concurrency(1))) {
        server.awaitWorkers();
        assertThat(worker.running()).isZero();
      }
    }
    assertThat(seen)
        .startsWith("queue.task null", "queue.task java.lang.IllegalStateException: bad");
    assertThat(current).hasSameSizeAs(seen).containsOnly(true);
  }

  /** An observation of Micrometer for each attempt. */
  static final class Observing implements QueueListener {

    private final ObservationRegistry registry;

    Observing(ObservationRegistry registry) {
      this.registry = registry;
    }

    @Override
    public Handling handling(Delivery delivery) {
      Observation observation =
          Observation.createNotStarted("queue.task", registry)
              .lowCardinalityKeyValue("partition", delivery.partition())
              .highCardinalityKeyValue("task", delivery.taskId())
              .start();
      Observation.Scope scope = observation.openScope();
      return new Handling() {
        @Override
        public void left() {
          scope.close();
        }

        @Override
        public void ended(@Nullable Throwable failure) {
          if (failure != null) {
            observation.error(failure);
          }
          observation.stop();
        }
      };
    }
  }
}
