package dev.jetlane;

/**
 * The queue's confirmation of a push.
 *
 * @param taskId the id of the task
 * @param duplicate true if a task with this id was accepted before within the dedup window. A push
 *     is sent again when its confirmation does not come, and may then be the duplicate of its own
 *     first try: true says that the task is stored, by this push or by another one; false says that
 *     this push stored it. Of all pushes of an id within the window at most one is told false
 */
public record PushReceipt(String taskId, boolean duplicate) {}
