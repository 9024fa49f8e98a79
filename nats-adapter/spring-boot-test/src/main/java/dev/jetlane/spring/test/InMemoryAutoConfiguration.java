// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test;

import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.spring.JetlaneAutoConfiguration;
import dev.jetlane.spring.JetlaneProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The in-memory queue as beans. A test that defines a clock of its own replaces this one. */
@AutoConfiguration(before = JetlaneAutoConfiguration.class)
public class InMemoryAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public InMemoryAutoConfiguration() {}

  /** Returns the clock, which stands still until a test moves it. */
  @Bean
  @ConditionalOnMissingBean
  ManualClock jetlaneClock() {
    return new ManualClock();
  }

  /** Returns the server in memory, in place of a nats-server. */
  @Bean
  @ConditionalOnMissingBean
  InMemoryServer jetlaneServer(ManualClock clock) {
    return InMemoryServer.create(clock);
  }

  /** Returns the faults of the server. */
  @Bean
  Faults jetlaneFaults(InMemoryServer server) {
    return server.faults();
  }

  /** Returns the queue of the application. */
  @Bean(destroyMethod = "close")
  TaskQueue jetlaneQueue(
      InMemoryServer server,
      JetlaneProperties properties,
      ObjectProvider<QueueListener> listeners) {
    return server.connect(properties.queueConfig(), listeners.orderedStream().toList());
  }
}
