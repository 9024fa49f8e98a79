/**
 * Delayed tasks: storing them on a subject of their own ({@link
 * dev.jetlane.nats.delay.StoreDelayed}, which writes their header), storing them in their partition
 * when they are due ({@link dev.jetlane.nats.delay.DelayedTaskMover}), and cancelling them. The
 * package depends on requests, names, and the bytes of a settlement.
 */
@NullMarked
package dev.jetlane.nats.delay;

import org.jspecify.annotations.NullMarked;
