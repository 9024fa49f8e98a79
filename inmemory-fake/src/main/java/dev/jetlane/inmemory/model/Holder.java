// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

/** A puller, as the server sees it. Called under the lock of the server's time. */
public interface Holder {

  /** Returns a name such as {@code puller 2}. */
  String name();

  /** Returns the rule for which of its tasks come from a lower priority. */
  PriorityTurns turns();

  /**
   * Returns the largest number of deliveries of a task, after which the client makes a dead letter
   * of it.
   */
  int maxDeliveries();

  /**
   * Called when the next task for this puller had used up its deliveries and became a dead letter
   * instead.
   */
  void exhausted(StoredTask task);
}
