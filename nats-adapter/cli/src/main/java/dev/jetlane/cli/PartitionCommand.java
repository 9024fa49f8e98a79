// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.PartitionAdmin;
import dev.jetlane.TaskQueue;
import picocli.CommandLine.Parameters;

/** A command for one existing partition. */
abstract class PartitionCommand extends QueueCommand {

  @Parameters(index = "0", paramLabel = "PARTITION", description = "The name of a partition.")
  String partition = "";

  /** Runs the command and returns the exit code. */
  abstract int run(PartitionAdmin admin) throws Exception;

  @Override
  public Integer call() throws Exception {
    try (TaskQueue queue = target.connect()) {
      return run(queue.admin().partition(partition));
    }
  }
}
