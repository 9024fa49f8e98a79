package dev.jetlane.nats.layout;

import dev.jetlane.TaskQueueException;

/** A push that the server did not confirm, until one goes well. */
public record FailedPush(TaskQueueException error, long atNanos) {}
