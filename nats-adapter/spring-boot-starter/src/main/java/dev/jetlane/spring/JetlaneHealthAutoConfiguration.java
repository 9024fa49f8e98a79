// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.TaskQueue;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The health contributor "jetlane", for the interfaces of Spring Boot 3.5 and 4. */
@AutoConfiguration(after = JetlaneAutoConfiguration.class)
@ConditionalOnBean(TaskQueue.class)
@ConditionalOnProperty(
    name = "management.health.jetlane.enabled",
    havingValue = "true",
    matchIfMissing = true)
public class JetlaneHealthAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneHealthAutoConfiguration() {}

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class Boot4 {

    @Bean
    org.springframework.boot.health.contributor.HealthIndicator jetlaneHealthIndicator(
        TaskQueue queue, ObjectProvider<TaskListeners> listeners) {
      JetlaneHealth health = new JetlaneHealth(queue, listeners);
      return () -> {
        JetlaneHealth.Result result = health.ask();
        return org.springframework.boot.health.contributor.Health.status(result.status())
            .withDetails(result.details())
            .build();
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
  static class Boot3 {

    @Bean
    org.springframework.boot.actuate.health.HealthIndicator jetlaneHealthIndicator(
        TaskQueue queue, ObjectProvider<TaskListeners> listeners) {
      JetlaneHealth health = new JetlaneHealth(queue, listeners);
      return () -> {
        JetlaneHealth.Result result = health.ask();
        return org.springframework.boot.actuate.health.Health.status(result.status())
            .withDetails(result.details())
            .build();
      };
    }
  }
}
