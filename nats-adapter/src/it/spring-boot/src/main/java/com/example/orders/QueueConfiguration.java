package com.example.orders;

import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.micrometer.QueueMetrics;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * All that it takes: the queue, its metrics, its health and a worker. Spring closes them in the
 * right order.
 */
@Configuration
class QueueConfiguration {

  @Bean
  QueueMetrics queueMetrics(MeterRegistry registry) {
    return new QueueMetrics(registry);
  }

  @Bean
  TaskQueue queue(QueueProperties settings, QueueMetrics metrics) {
    QueueConfig config =
        QueueConfig.defaults()
            .withLease(settings.lease())
            .withMaxDeliveries(settings.maxDeliveries())
            .withMaxOutstanding(settings.maxOutstanding());
    return NatsQueues.connect(
        NatsOptions.defaults()
            .withUrl(settings.url())
            .withStream(settings.stream())
            .withSubjectPrefix(settings.stream())
            .withQueue(config)
            .withListener(metrics));
  }

  @Bean
  Partition orders(TaskQueue queue, QueueProperties settings, QueueMetrics metrics) {
    Partition orders = queue.partition("orders");
    metrics.watch(orders, settings.maxOutstanding());
    return orders;
  }

  /** Ends before the queue is closed; what it has not done by then is given back. */
  @Bean
  @ConditionalOnProperty(name = "queue.worker", matchIfMissing = true)
  Worker worker(Partition orders, OrderHandler handler, QueueProperties settings) {
    return orders.work(handler, WorkerOptions.concurrency(settings.concurrency()));
  }

  @Bean
  HealthIndicator queueHealthIndicator(TaskQueue queue) {
    return () -> {
      Health health = queue.health();
      return org.springframework.boot.actuate.health.Health.status(
              health.ready() ? Status.UP : Status.DOWN)
          .withDetail("problems", health.problems())
          .build();
    };
  }
}
