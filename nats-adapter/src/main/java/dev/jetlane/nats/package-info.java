/**
 * The queue on NATS JetStream: one stream with WorkQueue retention, one durable pull consumer per
 * partition.
 *
 * <pre>
 *  push --&gt; subject jetlane.gpu --&gt; stream (WorkQueue, one per queue or spread over several)
 *                                     |
 *                                consumer gpu --&gt; pull --&gt; Delivery --&gt; +ACK, -NAK, +WPI
 *                                     ^                       |
 *                                     +--- AckWait = lease    +-- deadLetter --&gt; stream-dead, then +TERM
 * </pre>
 *
 * <p>{@link dev.jetlane.nats.NatsQueues} is the entry point, {@link dev.jetlane.nats.NatsOptions}
 * has the settings.
 */
@NullMarked
package dev.jetlane.nats;

import org.jspecify.annotations.NullMarked;
