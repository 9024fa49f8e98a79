// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/** The result of the removal of a task. */
public enum Removal {
  /** The task was removed and will not be delivered. */
  REMOVED,
  /** The task is outstanding and stays, because a worker may hold it. */
  OUTSTANDING,
  /** No task has this id. */
  NOT_FOUND
}
