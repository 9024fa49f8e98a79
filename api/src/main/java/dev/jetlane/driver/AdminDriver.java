package dev.jetlane.driver;

import dev.jetlane.PartitionSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees of a queue. A {@link QueueDriver} may implement it; one that does not has
 * no calls for operators. Nothing in here creates a partition or depends on the queue's settings.
 */
public interface AdminDriver {

  /** As {@link dev.jetlane.QueueAdmin#partitions}. */
  List<PartitionSummary> partitions(long deadlineNanos);

  /** A partition that exists; null if there is none of this name. */
  @Nullable PartitionAdminDriver partitionAdmin(String name, long deadlineNanos);
}
