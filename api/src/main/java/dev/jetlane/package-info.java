/**
 * The contract of a work queue: partitions, tasks, leases, settlements.
 *
 * <pre>
 *  push --&gt; partition (kept until settled) --&gt; pull --&gt; Delivery under a lease --&gt; ack --&gt; gone
 *               ^                                          |  |
 *               |                                          |  +-- extend (the lease restarts)
 *               +-- nak, nak(delay), lease runs out &lt;------+
 *               ^                                          +-- deadLetter, max deliveries --&gt; DeadLetters
 *               +------------------- redrive &lt;------------------------------------------------+
 * </pre>
 *
 * <p>{@link dev.jetlane.TaskQueue} is the way in. {@code jetlane-nats} implements it on NATS
 * JetStream, {@code jetlane-inmemory} in memory with a clock that a test moves; {@code
 * jetlane-conformance} holds both to the same rules, whose ids (such as {@code LEASE-1}) are listed
 * in its {@code RULES.md}.
 *
 * <p>Arguments are checked before anything is sent and answered with {@link
 * dev.jetlane.InvalidInputException}; null is such an argument. {@link dev.jetlane.Limits} has all
 * bounds. What happens on the way is a {@link dev.jetlane.TaskQueueException}.
 */
@NullMarked
package dev.jetlane;

import org.jspecify.annotations.NullMarked;
