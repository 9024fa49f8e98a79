/**
 * Jetlane in a Spring Boot application: the queue and its partitions as beans, methods as workers,
 * health and metrics. {@code jetlane.*} are its properties; {@link dev.jetlane.spring.TaskListener}
 * is where to start. Runs with Spring Boot 3.5 and 4.
 */
@NullMarked
package dev.jetlane.spring;

import org.jspecify.annotations.NullMarked;
