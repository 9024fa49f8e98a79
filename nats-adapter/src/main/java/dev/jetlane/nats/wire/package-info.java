/**
 * The connection: its state and the subjects that the server refuses on it ({@link
 * dev.jetlane.nats.wire.ConnectionMonitor}, {@link dev.jetlane.nats.wire.Refusals}), the bytes that
 * go out ({@link dev.jetlane.nats.wire.FrameWriter}) and those that come in ({@link
 * dev.jetlane.nats.wire.InboundRewriter}). The package depends on frames, and not on requests,
 * partitions or tasks. A task leaves as a {@link dev.jetlane.nats.wire.Frame} and arrives as a
 * message of jnats.
 */
@NullMarked
package dev.jetlane.nats.wire;

import org.jspecify.annotations.NullMarked;
