package dev.jetlane.nats.pull;

import dev.jetlane.TaskQueueException;

/**
 * A pull that failed, until one goes well.
 *
 * @param epoch of the connection that it failed on
 */
public record FailedPull(TaskQueueException error, long atNanos, int epoch) {}
