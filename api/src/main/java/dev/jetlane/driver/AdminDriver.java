// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.driver;

import dev.jetlane.PartitionSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operator's view of a queue, which a {@link QueueDriver} may implement. No method creates a
 * partition or depends on the queue's settings.
 */
public interface AdminDriver {

  /**
   * Implements {@link dev.jetlane.QueueAdmin#partitions}.
   *
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the partitions, by name
   */
  List<PartitionSummary> partitions(long deadlineNanos);

  /**
   * Returns an existing partition.
   *
   * @param name the name of the partition
   * @param deadlineNanos the deadline, on the clock of the driver
   * @return the partition; null if there is none of this name
   */
  @Nullable PartitionAdminDriver partitionAdmin(String name, long deadlineNanos);
}
