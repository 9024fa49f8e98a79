// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;

/**
 * Lets an operator list the partitions of a queue and work on them. No call creates a partition or
 * checks its settings, so the {@link QueueConfig} of the queue need not be known.
 *
 * <p>Implementations are thread-safe. Every call blocks for at most the request timeout unless
 * stated otherwise, and throws {@link PermissionDeniedException}, {@link QueueUnavailableException}
 * and {@link QueueClosedException} like {@link Partition#stats}.
 */
public interface QueueAdmin {

  /**
   * Lists all partitions of the queue, sorted by name, with their counts. A partition whose
   * consumer is missing is included while it holds tasks.
   *
   * <p>On a server this is three exchanges per stream, and one more per 256 consumers. The server
   * scans the subjects of the delayed tasks and of the dead letters, so their number determines the
   * duration.
   *
   * @return the partitions
   */
  List<PartitionSummary> partitions();

  /**
   * Returns the operator's view of one partition. Blocks for at most the request timeout.
   *
   * @param name the name of an existing partition
   * @return the operator's view of it
   * @throws InvalidInputException if no partition can have this name; nothing was sent
   * @throws QueueRejectedException if there is no such partition
   */
  PartitionAdmin partition(String name);
}
