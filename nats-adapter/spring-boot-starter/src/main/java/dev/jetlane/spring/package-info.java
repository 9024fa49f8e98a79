/**
 * Jetlane in a Spring Boot application: the queue and its partitions as beans, methods as workers,
 * health and metrics. The properties are {@code jetlane.*}. Start reading at {@link
 * dev.jetlane.spring.TaskListener}. Supports Spring Boot 3.5 and 4.
 */
@NullMarked
package dev.jetlane.spring;

import org.jspecify.annotations.NullMarked;
