/**
 * The worker: pulls tasks, hands them to handlers, and settles them. {@link
 * dev.jetlane.client.worker.TaskWorker} is its life.
 *
 * <p>It depends on the contract of {@code dev.jetlane} and the clock of a driver, and neither on
 * the rest of the client nor on an implementation. A task enters at {@link
 * dev.jetlane.client.worker.TaskSource#pullAsync} and leaves at a settlement of its {@link
 * dev.jetlane.client.worker.HeldDelivery}:
 *
 * <pre>
 *   Fetcher --&gt; Workload --&gt; HandlerThreads --&gt; HandlerRun --&gt; Settler
 * </pre>
 *
 * <p>None of its threads waits: later work is in the {@code Agenda} and the {@code Patrol}, on the
 * clock of the driver.
 */
@NullMarked
package dev.jetlane.client.worker;

import org.jspecify.annotations.NullMarked;
