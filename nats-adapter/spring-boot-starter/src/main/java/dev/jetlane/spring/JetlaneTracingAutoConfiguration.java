// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.opentelemetry.Tracing;
import io.opentelemetry.api.OpenTelemetry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** Spans of pushes and handlers, if the application has an {@link OpenTelemetry} bean. */
@AutoConfiguration(
    before = JetlaneAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.opentelemetry.OpenTelemetryAutoConfiguration",
      "org.springframework.boot.opentelemetry.autoconfigure.OpenTelemetrySdkAutoConfiguration"
    })
@ConditionalOnClass(OpenTelemetry.class)
@ConditionalOnSingleCandidate(OpenTelemetry.class)
public class JetlaneTracingAutoConfiguration {

  /** Creates the configuration, for Spring. */
  public JetlaneTracingAutoConfiguration() {}

  /** Returns the tracing, which is a listener of the queue. */
  @Bean
  @ConditionalOnMissingBean
  Tracing jetlaneTracing(OpenTelemetry openTelemetry) {
    return Tracing.of(openTelemetry);
  }
}
