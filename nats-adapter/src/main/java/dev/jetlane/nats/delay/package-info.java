/**
 * Delayed tasks: storing them on a subject of their own ({@link
 * dev.jetlane.nats.delay.StoreDelayed}, which writes their header), storing them once more in their
 * partition when they are due ({@link dev.jetlane.nats.delay.DelayedTaskMover}), and cancelling
 * them. It knows requests and names, and no puller beyond the bytes of a settlement.
 */
@NullMarked
package dev.jetlane.nats.delay;

import org.jspecify.annotations.NullMarked;
