// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.Partition;
import dev.jetlane.Worker;
import dev.jetlane.micrometer.QueueMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The meters of the queue, with the backlog of every partition that is a bean or has a listener,
 * and with the workers of the listeners.
 */
@AutoConfiguration(
    before = JetlaneAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
public class JetlaneMetricsAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneMetricsAutoConfiguration() {}

  /** Returns the metrics, which are a listener of the queue. */
  @Bean
  @ConditionalOnMissingBean
  QueueMetrics jetlaneMetrics(MeterRegistry registry) {
    return new QueueMetrics(registry);
  }

  @Bean
  QueueMeters jetlaneQueueMeters(QueueMetrics metrics, JetlaneProperties properties) {
    int limit = properties.queueConfig().maxOutstanding();
    return new QueueMeters() {
      @Override
      public void watch(Partition partition) {
        metrics.watch(partition, limit);
      }

      @Override
      public void watch(Worker worker) {
        metrics.watch(worker);
      }
    };
  }

  @Bean
  SmartInitializingSingleton jetlanePartitionMeters(
      QueueMeters meters, ObjectProvider<Partition> partitions) {
    return () -> partitions.forEach(meters::watch);
  }
}
