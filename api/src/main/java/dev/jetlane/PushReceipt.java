package dev.jetlane;

/**
 * The queue's confirmation of a push.
 *
 * @param taskId the id of the task
 * @param duplicate true if a task with this id was accepted before within the dedup window, so that
 *     this push stored nothing
 */
public record PushReceipt(String taskId, boolean duplicate) {}
