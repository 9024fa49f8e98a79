// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** The queue, its partitions and its listeners as beans. */
@AutoConfiguration(afterName = "org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration")
@EnableConfigurationProperties(JetlaneProperties.class)
public class JetlaneAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneAutoConfiguration() {}

  /** Returns the options of the queue. */
  @Bean
  @ConditionalOnMissingBean
  NatsOptions jetlaneOptions(
      JetlaneProperties properties,
      Environment environment,
      ObjectProvider<JetlaneConnectionDetails> connection,
      ObjectProvider<SslBundles> bundles,
      ObjectProvider<QueueListener> listeners,
      ObjectProvider<NatsOptionsCustomizer> customizers) {
    NatsOptions options = properties.natsOptions();
    String application = environment.getProperty("spring.application.name", "");
    if (properties.connectionName() == null && !application.isBlank()) {
      options = options.withConnectionName(application);
    }
    JetlaneConnectionDetails elsewhere = connection.getIfAvailable();
    if (elsewhere != null) {
      options = options.withUrl(elsewhere.url());
    }
    String bundle = properties.sslBundle();
    if (bundle != null) {
      options = options.withSslContext(bundles.getObject().getBundle(bundle).createSslContext());
    }
    for (QueueListener listener : listeners.orderedStream().toList()) {
      options = options.withListener(listener);
    }
    for (NatsOptionsCustomizer customizer : customizers.orderedStream().toList()) {
      options = customizer.customize(options);
    }
    return options;
  }

  /** Connects the queue. Waits for its server up to {@code jetlane.connect-patience}. */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  TaskQueue jetlaneQueue(NatsOptions jetlaneOptions) {
    return NatsQueues.connect(jetlaneOptions);
  }

  @Bean
  static PartitionBeans jetlanePartitions(Environment environment, BeanFactory beans) {
    return new PartitionBeans(environment, beans);
  }

  @Bean
  static TaskListeners jetlaneListeners(
      ConfigurableBeanFactory beans,
      ObjectProvider<TaskQueue> queue,
      ObjectProvider<PayloadCodec> codec,
      ObjectProvider<QueueMeters> meters,
      ObjectProvider<JetlaneProperties> properties) {
    return new TaskListeners(beans, queue, codec, meters, properties);
  }

  /**
   * Creates beans with listeners at the start also with {@code spring.main.lazy-initialization},
   * because usually no other bean needs them.
   */
  @Bean
  static LazyInitializationExcludeFilter jetlaneListenersAreEager() {
    return (name, definition, type) -> !TaskListeners.methodsOf(type).isEmpty();
  }
}
