// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Replaces the queue on NATS by the in-memory queue, with the settings of {@code jetlane.*}. For
 * tests that do not use {@link JetlaneTest}.
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ImportAutoConfiguration(InMemoryAutoConfiguration.class)
public @interface AutoConfigureJetlane {}
