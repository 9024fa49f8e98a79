/**
 * The queue on NATS JetStream: one stream with WorkQueue retention, one durable pull consumer per
 * partition.
 *
 * <p>{@link dev.jetlane.nats.NatsTaskQueue} is the way in, {@link dev.jetlane.nats.NatsOptions} has
 * the settings.
 */
@NullMarked
package dev.jetlane.nats;

import org.jspecify.annotations.NullMarked;
