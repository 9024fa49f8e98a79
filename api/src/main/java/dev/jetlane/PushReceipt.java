// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * The queue's confirmation of a push.
 *
 * @param taskId the id of the task
 * @param duplicate false if this push stored the task; true if the task was already stored within
 *     the dedup window, by another push or by an earlier try of this push whose confirmation was
 *     lost. Of all pushes of an id within the window at most one gets false.
 */
public record PushReceipt(String taskId, boolean duplicate) {}
