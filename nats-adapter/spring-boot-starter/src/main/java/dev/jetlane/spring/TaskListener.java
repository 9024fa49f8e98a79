// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method of a bean the handler of a {@link dev.jetlane.Worker}.
 *
 * <pre>{@code
 * @TaskListener(partition = "orders", concurrency = "8")
 * void ship(Order order) {
 *   ...
 * }
 * }</pre>
 *
 * <p>The method has one parameter for the payload, a {@link dev.jetlane.Delivery}, or both in any
 * order. A {@code byte[]} is the payload itself, a {@code String} is decoded as strict UTF-8, and
 * every other type is decoded by the {@link PayloadCodec} bean, which uses Jackson if it is
 * present. A task whose payload cannot be decoded becomes a dead letter immediately, with the
 * reason.
 *
 * <p>A normal return acks the task; after an exception the retry policy of the worker decides. A
 * method that returns a {@link java.util.concurrent.CompletionStage} is asynchronous: the end of
 * the stage is the end of the work. Any other result fails the start of the application. The method
 * must be idempotent, because delivery is at least once, and thread-safe, because several tasks run
 * at the same time.
 *
 * <p>The bean must be a singleton that exists when the listeners start, so it must not be
 * {@code @Lazy}: otherwise its creation fails, or it has no worker because it is never created.
 * Listeners start after the other beans and stop before them. The shutdown waits up to {@code
 * jetlane.worker.drain-timeout} for running methods. Every attribute may contain placeholders such
 * as {@code ${orders.partition}}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface TaskListener {

  /**
   * Returns the partition of the tasks. It is created if it does not exist.
   *
   * @return the name of the partition
   */
  String partition();

  /**
   * Returns the number of tasks that run at the same time.
   *
   * @return a number, from 1
   */
  String concurrency() default "${jetlane.worker.concurrency:1}";

  /**
   * Returns the longest time for which the lease of a running task is kept; then the task is
   * delivered again.
   *
   * @return a time, such as {@code 30m}
   */
  String keepLeaseFor() default "${jetlane.worker.keep-lease-for:12h}";

  /**
   * Returns whether this listener starts with the application.
   *
   * @return {@code true} or {@code false}, or another text that Spring Boot accepts for a property
   *     of this type; any other text fails the start of the application
   */
  String autoStartup() default "${jetlane.worker.auto-startup:true}";
}
