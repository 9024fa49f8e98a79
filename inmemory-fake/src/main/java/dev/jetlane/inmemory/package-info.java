/**
 * The queue in memory, for unit tests, with a manual clock, faults on demand, and inspection of
 * every task.
 *
 * <pre>{@code
 * @ExtendWith(JetlaneExtension.class)
 * class GpuWorkerTest {
 *
 *   @Test
 *   void aCrashedWorkerLosesNothing(
 *       TaskQueue queue, ManualClock clock, Faults faults, InMemoryServer server) throws Exception {
 *     Partition gpu = queue.partition("gpu");
 *     gpu.push(Task.of("task-42", "payload"));
 *     try (Puller puller = gpu.puller()) {
 *       puller.pull(1, Duration.ZERO); // and the worker crashes
 *       clock.advance(Duration.ofHours(1)); // costs nothing
 *       faults.loseNextConfirmation(Faults.Call.ACK);
 *       Delivery second = puller.pull(1, Duration.ZERO).get(0);
 *       assertThatThrownBy(second::ack).isInstanceOf(OutcomeUnknownException.class);
 *     }
 *     assertThat(server.tasks("gpu")).isEmpty(); // the ack took effect, its confirmation was lost
 *   }
 * }
 * }</pre>
 *
 * <pre>
 *  test --&gt; ManualClock.advance --&gt; leases, delays, waits and windows end, each at its own instant
 *    |                                    |
 *    |    server.connect --&gt; TaskQueue --&gt; | push, pull, settle: as on a server
 *    |                                    v
 *    +----&gt; Faults --------------&gt; InMemoryServer --&gt; TaskSnapshot, events
 * </pre>
 *
 * <p>{@link dev.jetlane.inmemory.InMemoryServer} is the entry point, {@link
 * dev.jetlane.inmemory.ManualClock} the time, {@link dev.jetlane.inmemory.Faults} the faults,
 * {@link dev.jetlane.inmemory.TaskSnapshot} the state of a task. {@link
 * dev.jetlane.inmemory.JetlaneExtension} connects them to JUnit 5.
 *
 * <h2>Strict by default</h2>
 *
 * <p>The in-memory queue and the production queue pass the same suite, {@code jetlane-conformance}.
 * The same code checks input, leaks are reported, and a planned fault must happen. Only {@link
 * dev.jetlane.inmemory.JetlaneExtension#withoutLeakCheck()} relaxes this.
 *
 * <p>The README of the module lists the differences from a nats-server, each with a test.
 *
 * <h2>Packages</h2>
 *
 * <p>This package has the types for tests, and the driver below the client. It depends on three
 * packages, which do not depend on it: {@code model}, the storage of a server, without a client and
 * without a clock; {@code time}, the clock and its lock; and {@code stage}, its interface for
 * {@code simulation}, which depends on this package. A task enters by {@code
 * InMemoryPartitionDriver.push} and leaves by {@code InMemoryPullDriver} and {@code InMemoryLease}.
 * Each call goes through {@code Connection.perform}, which defines the order: due events happen
 * first, the request may be lost, the call takes effect, its confirmation may be lost.
 */
@NullMarked
package dev.jetlane.inmemory;

import org.jspecify.annotations.NullMarked;
