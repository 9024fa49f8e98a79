package dev.jetlane;

/**
 * The queue's confirmation of a push.
 *
 * @param taskId the id of the task
 * @param duplicate true if a task with this id was accepted before within the dedup window. A push
 *     without a confirmation is sent again, and can then be the duplicate of its own first attempt:
 *     true means that the task is stored, by this push or by another one; false means that this
 *     push stored it. Of all pushes of an id within the window at most one gets false.
 */
public record PushReceipt(String taskId, boolean duplicate) {}
