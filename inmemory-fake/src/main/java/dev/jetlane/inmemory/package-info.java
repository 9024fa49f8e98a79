/**
 * The queue in memory, for unit tests: with a clock that the test moves, faults on demand, and a
 * look at every task.
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
 *     assertThat(server.tasks("gpu")).isEmpty(); // the ack took effect, only nobody was told
 *   }
 * }
 * }</pre>
 *
 * <pre>
 *  test --&gt; ManualClock.advance --&gt; leases, delays, waits and windows end, each at its own instant
 *    |                                    |
 *    |    server.connect --&gt; TaskQueue --&gt; | push, pull, settle: as on a server
 *    |                                    v
 *    +----&gt; Faults --------------&gt; InMemoryServer --&gt; TaskSnapshot, events: what there is to see
 * </pre>
 *
 * <p>{@link dev.jetlane.inmemory.InMemoryServer} is the way in, {@link
 * dev.jetlane.inmemory.ManualClock} the time, {@link dev.jetlane.inmemory.Faults} what goes wrong,
 * {@link dev.jetlane.inmemory.TaskSnapshot} what there is to see, and {@link
 * dev.jetlane.inmemory.JetlaneExtension} ties them to JUnit 5.
 *
 * <h2>Strict by default</h2>
 *
 * <p>It obeys the same rules as the production queue: both pass the suite of {@code
 * jetlane-conformance}. Within them it is as strict as can be, so that a test which passes here
 * does not count on luck: input is checked by the same code, nothing is left behind unnoticed, and
 * a fault that was asked for must happen. The one laxity is {@link
 * dev.jetlane.inmemory.JetlaneExtension#withoutLeakCheck()}. Faults are off until they are asked
 * for.
 *
 * <p>Where it differs from a nats-server stands in a table of the module's README, each line of
 * which is a test.
 *
 * <h2>Rooms</h2>
 *
 * <p>This package is the front: what a test holds, and the driver below the one client. It knows
 * the rooms behind it, which know nothing of it: {@code model}, what a server stores, without a
 * client and without a clock; {@code time}, the clock and the one lock; and {@code stage}, what it
 * lends to {@code simulation}, which is in front of it. A task enters by {@code
 * InMemoryPartitionDriver.push} and leaves by {@code InMemoryPullDriver} and {@code InMemoryLease};
 * each call goes through {@code Connection.perform}, the one place that knows the order: what is
 * due happens first, the call may be lost, it takes effect, its confirmation may be lost.
 */
@NullMarked
package dev.jetlane.inmemory;

import org.jspecify.annotations.NullMarked;
