package dev.jetlane;

import java.util.List;

/**
 * What an operator sees of a queue. Nothing in here creates or opens a partition, nor checks its
 * settings: it works on a queue whose {@link QueueConfig} is not known.
 *
 * <p>This class is thread-safe. Every call blocks for at most the request timeout where nothing
 * else is said, and throws {@link PermissionDeniedException}, {@link QueueUnavailableException} and
 * {@link QueueClosedException} as {@link Partition#stats} does.
 */
public interface QueueAdmin {

  /**
   * All partitions of the queue, by name, with their counts. Also one whose consumer is gone, as
   * long as it holds tasks.
   *
   * <p>On a server this is three exchanges for each of its streams, and one more for each 256
   * consumers. A server walks through the subjects of the delayed tasks and of the dead letters:
   * their number decides how long that takes.
   */
  List<PartitionSummary> partitions();

  /**
   * One partition. Blocks for at most the request timeout.
   *
   * @param name of a partition that exists
   * @throws InvalidInputException if the name is not one of a partition; nothing has been sent
   * @throws QueueRejectedException if there is no such partition
   */
  PartitionAdmin partition(String name);
}
