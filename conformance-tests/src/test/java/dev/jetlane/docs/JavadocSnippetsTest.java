// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.micrometer.QueueMetrics;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import dev.jetlane.opentelemetry.TraceContext;
import dev.jetlane.opentelemetry.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Scope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The examples in Javadoc; {@link SnippetsTest} compares. */
@Timeout(120)
class JavadocSnippetsTest {

  private final List<String> worked = new CopyOnWriteArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QueueConfig config = QueueConfig.defaults();
  private final TaskHandler handler = delivery -> {};

  @Test
  @DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
  void onAServer() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options = options(server.url());
      make(options);
      push(server.url(), "payload");
      while (worked.isEmpty()) { // a pull may end before a slow machine made the task visible
        traced(options);
      }
      push(server.url(), "again");
      measured(options);
      spans(options, OpenTelemetry.noop());
    }
    assertThat(worked).containsExactly("payload");
    assertThat(registry.getMeters()).isNotEmpty();
  }

  /** A busy machine may take long to create a stream on disk. */
  private static NatsOptions options(String url) {
    return NatsOptions.defaults().withUrl(url).withRequestTimeout(Duration.ofSeconds(60));
  }

  /** The snippet that pushes has the default timeout. */
  private static void make(NatsOptions options) {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      queue.partition("gpu");
    }
  }

  private static void push(String url, String payload) {
    try (TaskQueue queue = NatsQueues.connect(NatsOptions.defaults().withUrl(url))) {
      queue.partition("gpu").push(Task.of("task-42", payload));
    }
  }

  private void traced(NatsOptions options) throws InterruptedException {
    TraceContext trace = new TraceContext(W3CTraceContextPropagator.getInstance());
    TaskQueue queue = NatsQueues.connect(options.withListener(trace));
    try (queue;
        Puller puller = queue.partition("gpu").puller()) {
      for (Delivery delivery : puller.pull(1, Duration.ofSeconds(1))) {
        traced(trace, delivery);
      }
    }
  }

  private void traced(TraceContext trace, Delivery delivery) {
    try (Scope scope = trace.of(delivery).makeCurrent()) {
      work(delivery.payload()); // its spans belong to the trace of the push
    }
    delivery.ack();
  }

  private void spans(NatsOptions options, OpenTelemetry openTelemetry) {
    TaskQueue queue = NatsQueues.connect(options.withListener(Tracing.of(openTelemetry)));
    queue.close();
  }

  private void measured(NatsOptions options) {
    QueueMetrics metrics = new QueueMetrics(registry);
    TaskQueue queue = NatsQueues.connect(options.withListener(metrics));
    Partition gpu = queue.partition("gpu");
    metrics.watch(gpu, config.maxOutstanding());
    metrics.watch(gpu.work(handler, WorkerOptions.concurrency(8)));
    queue.close();
  }

  @Test
  void inMemory() throws Exception {
    TaskQueue queue = InMemoryServer.create().connect(config);
    Partition gpu = queue.partition("gpu");
    gpu.push(Task.of("task-1", "one"));
    try (Puller puller = gpu.puller()) {
      Delivery delivery = puller.pull(1, Duration.ofSeconds(30)).get(0);
      try (Delivery d = delivery) {
        work(d.payload());
        d.ack();
      } // closed unsettled, as after an exception: given back
    }
    gpu.push(Task.of("task-2", "two"));
    Worker worker = gpu.work(delivery -> work(delivery.payload()), WorkerOptions.concurrency(8));
    while (gpu.stats().backlog() > 0) {
      Thread.onSpinWait();
    }
    worker.drain(Duration.ofSeconds(30));
    queue.close();
    assertThat(worked).containsExactly("one", "two");
  }

  @Test
  void aRetryPolicyGivesUp() {
    RetryPolicy policy =
        RetryPolicy.exponential(Duration.ofSeconds(1), Duration.ofMinutes(10))
            .withJitter(0.5)
            .givingUpOn(InvoiceRejectedException.class::isInstance);
    assertThat(policy.delay(1, new InvoiceRejectedException())).isEmpty();
    assertThat(policy.delay(1, new IllegalStateException())).isPresent();
  }

  private void work(byte[] payload) {
    worked.add(new String(payload, StandardCharsets.UTF_8));
  }

  private static final class InvoiceRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
