package dev.jetlane;

import java.util.List;

/**
 * The calls of an operator on a queue. They neither create nor open a partition and do not check
 * its settings, so they work on a queue whose {@link QueueConfig} is unknown.
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
   * Returns the calls on one partition. Blocks for at most the request timeout.
   *
   * @param name the name of an existing partition
   * @return the calls on it
   * @throws InvalidInputException if no partition can have this name; nothing was sent
   * @throws QueueRejectedException if there is no such partition
   */
  PartitionAdmin partition(String name);
}
