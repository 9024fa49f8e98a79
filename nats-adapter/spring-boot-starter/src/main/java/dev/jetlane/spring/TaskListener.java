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
 * order. A payload of type {@code byte[]} comes as it is, a {@code String} is decoded as strict
 * UTF-8, every other type is read by the {@link PayloadCodec} bean, which uses Jackson where it is
 * present. A payload that cannot be read becomes a dead letter immediately, with the reason.
 *
 * <p>Returning acks the task; an exception gives it back for a later attempt, as the worker's retry
 * policy says. The method must be idempotent, because delivery is at least once, and thread-safe,
 * because several tasks are worked on at the same time.
 *
 * <p>Listeners start when the application is ready to work and stop before its other beans: the
 * shutdown waits up to {@code jetlane.worker.drain-timeout} for the methods that run. Every
 * attribute may contain placeholders such as {@code ${orders.partition}}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface TaskListener {

  /**
   * Returns the partition that the tasks come from. It is created if it does not exist.
   *
   * @return the name of the partition
   */
  String partition();

  /**
   * Returns the number of tasks that are worked on at the same time.
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
   * @return {@code true} or {@code false}
   */
  String autoStartup() default "${jetlane.worker.auto-startup:true}";
}
