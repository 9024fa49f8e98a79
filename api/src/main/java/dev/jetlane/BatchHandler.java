// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;
import java.util.Map;

/**
 * Does the work of several tasks in one call, for a {@link Worker}: see {@link
 * Partition#workBatches}. Must be idempotent and thread-safe, like a {@link TaskHandler}.
 */
@FunctionalInterface
public interface BatchHandler {

  /**
   * Does the work of a batch. The worker then settles each task on its own: it acks the tasks that
   * succeeded, and treats each failed task as if a {@link TaskHandler} had thrown its failure. A
   * task that the handler settled itself stays settled.
   *
   * <p>An interrupt means that the worker has taken back all tasks of the batch.
   *
   * @param batch the tasks under their leases, in the order in which they were pulled; at least one
   * @return the failures by task; a task without a failure has succeeded
   * @throws Exception if all tasks failed; the worker treats an {@link Error} like an exception
   */
  Map<Delivery, ? extends Throwable> handle(List<Delivery> batch) throws Exception;
}
