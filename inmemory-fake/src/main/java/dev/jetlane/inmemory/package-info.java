/**
 * The queue in memory, with a clock that the test moves.
 *
 * <pre>{@code
 * ManualClock clock = new ManualClock();
 * InMemoryServer server = InMemoryServer.create(clock);
 * try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
 *   Partition gpu = queue.partition("gpu");
 *   gpu.push(Task.of("task-42", "payload"));
 *   Delivery first = gpu.puller().pull(1, Duration.ZERO).get(0);
 *   clock.advance(Duration.ofMinutes(2)); // the lease ends
 *   Delivery second = gpu.puller().pull(1, Duration.ZERO).get(0); // attempt 2
 * }
 * }</pre>
 *
 * <p>It obeys the same rules as the production queue: both pass the suite of {@code
 * jetlane-conformance}.
 */
@NullMarked
package dev.jetlane.inmemory;

import org.jspecify.annotations.NullMarked;
