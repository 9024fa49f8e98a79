/**
 * The worker: pulls tasks, hands them to handlers, settles what those end with. {@link
 * dev.jetlane.client.worker.TaskWorker} is its life.
 *
 * <p>It knows the contract of {@code dev.jetlane} and the clock of a driver; neither the rest of
 * the client nor any implementation. A task enters at {@link
 * dev.jetlane.client.worker.TaskSource#pullAsync} and leaves at a settlement of its {@link
 * dev.jetlane.client.worker.HeldDelivery}:
 *
 * <pre>
 *   Fetcher --&gt; Workload --&gt; Lanes --&gt; HandlerRun --&gt; Settler
 * </pre>
 *
 * <p>No thread of it waits: later work is in the {@code Agenda} and the {@code Patrol}, on the
 * clock of the driver.
 */
@NullMarked
package dev.jetlane.client.worker;

import org.jspecify.annotations.NullMarked;
