/**
 * Tests of Spring Boot applications on the in-memory queue: {@link
 * dev.jetlane.spring.test.JetlaneTest}.
 */
@NullMarked
package dev.jetlane.spring.test;

import org.jspecify.annotations.NullMarked;
