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
 * <h2>Where it differs from a nats-server</h2>
 *
 * <table>
 * <caption>Measured on nats-server 2.9.10, 2.10.27 and 2.15.1; each line is a test of {@code DifferencesTest}</caption>
 * <tr><th>What</th><th>Here</th><th>On a server</th></tr>
 * <tr><td>Delays of a nak</td><td>exact</td><td>at least about 10 ms, and 1 to 4 ms late</td></tr>
 * <tr><td>The end of a lease</td><td>exact</td><td>1 to 4 ms late, under load 100 ms and more</td></tr>
 * <tr><td>Leases that end within 2 ms</td><td>come back in the order of their ends</td><td>in the order of the
 *     pushes, or in none</td></tr>
 * <tr><td>The dedup window</td><td>exact</td><td>ends up to 100 ms late</td></tr>
 * <tr><td>Leases after a restart</td><td>as before, but up to 1 s early after {@code Faults.restart}</td><td>up to 1 s
 *     early</td></tr>
 * <tr><td>Ids of settled tasks after a restart</td><td>forgotten</td><td>forgotten</td></tr>
 * <tr><td>Confirmations</td><td>at once, on the caller's thread</td><td>after a round trip, on another thread</td></tr>
 * <tr><td>A nak, extension or dead letter that races with the end of the lease</td><td>refused by one clock</td><td>may
 *     arrive late and hit the next holder</td></tr>
 * <tr><td>What a puller with prefetch leases ahead</td><td>its whole prefetch, until nobody pulled for half a lease</td><td>at least
 *     half of it, and for up to 4 s, and a third of the lease, after a pull that got something</td></tr>
 * <tr><td>A pull that does not wait, while {@code maxOutstanding} tasks are out and others are
 *     ready</td><td>returns at once</td><td>returns nothing after about 450 ms: the server leaves it unanswered</td></tr>
 * <tr><td>Delayed tasks</td><td>due at the very instant</td><td>some milliseconds late; up to 5 s when the client that
 *     moves them is killed, later when none is connected</td></tr>
 * <tr><td>A due task that found the partition full</td><td>comes as soon as there is room</td><td>within a
 *     second</td></tr>
 * <tr><td>Ids of delayed tasks that became due, after a restart</td><td>forgotten</td><td>forgotten</td></tr>
 * <tr><td>Settings of a partition</td><td>every difference is drift</td><td>the dedup window and the limits belong to the
 *     stream, all partitions together; {@code maxDeliveries} and {@code maxPayloadBytes} are each client's own</td></tr>
 * <tr><td>A task whose push was just confirmed</td><td>is there for the next pull</td><td>some milliseconds later; a pull
 *     that does not wait looks for 20 ms, and {@code stats} may lag</td></tr>
 * <tr><td>A kept lease whose delivery nobody refers to any more</td><td>is kept on, up to its maximum</td><td>runs out
 *     once the garbage collector noticed</td></tr>
 * <tr><td>Permissions, foreign messages, full disks</td><td>do not exist</td><td>exist</td></tr>
 * </table>
 */
@NullMarked
package dev.jetlane.inmemory;

import org.jspecify.annotations.NullMarked;
