// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.InvalidInputException;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PushReceipt;
import dev.jetlane.Removal;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.cli.Output.Row;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that change tasks and partitions. */
final class ChangeCommands {

  private ChangeCommands() {}

  @Command(
      name = "push",
      mixinStandardHelpOptions = true,
      description = "Pushes a task into an existing partition.")
  static final class Push extends QueueCommand {

    @Parameters(index = "0", paramLabel = "PARTITION", description = "The name of a partition.")
    String partition = "";

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "PAYLOAD",
        description = "Text. Default: the standard input.")
    @Nullable String payload;

    @Option(names = "--id", paramLabel = "ID", description = "Default: a random one.")
    @Nullable String id;

    @Option(names = "--delay", paramLabel = "TIME", description = "The delay before the delivery.")
    @Nullable Duration delay;

    @Option(names = "--priority", paramLabel = "N", description = "Default: 0.")
    int priority;

    @Option(names = "--header", paramLabel = "NAME=VALUE", description = "Can be repeated.")
    Map<String, String> headers = Map.of();

    @Override
    public Integer call() throws IOException {
      Task task = task();
      try (TaskQueue queue = target.connect()) {
        String exists = queue.admin().partition(partition).name();
        PushReceipt receipt = queue.partition(exists).push(task);
        output.say(
            receipt.duplicate() ? "a duplicate of " + receipt.taskId() : receipt.taskId(),
            new Row().add("id", receipt.taskId()).add("duplicate", receipt.duplicate()));
      }
      return 0;
    }

    private Task task() throws IOException {
      byte[] bytes =
          payload == null ? System.in.readAllBytes() : payload.getBytes(StandardCharsets.UTF_8);
      Task task =
          Task.of(id == null ? UUID.randomUUID().toString() : id, bytes).withPriority(priority);
      for (Map.Entry<String, String> header : headers.entrySet()) {
        task = task.withHeader(header.getKey(), header.getValue());
      }
      return delay == null ? task : task.withDelay(delay);
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes a ready or delayed task. An outstanding task stays.")
  static final class Remove extends ConfirmedCommand {

    @Parameters(index = "1", paramLabel = "ID", description = "The id of the task.")
    String id = "";

    @Override
    String question() {
      return "Remove task " + id + " of partition " + partition;
    }

    @Override
    int run(PartitionAdmin admin) {
      Removal removal = admin.remove(id);
      output.say(
          switch (removal) {
            case REMOVED -> "removed";
            case OUTSTANDING -> "not removed: it is outstanding, and a worker may hold it";
            case NOT_FOUND -> "not removed: there is no task with this id";
          },
          new Row().add("id", id).add("removal", removal));
      return removal == Removal.REMOVED ? 0 : Failures.NO;
    }
  }

  @Command(
      name = "purge",
      mixinStandardHelpOptions = true,
      description = "Removes all tasks of a partition, including those that workers hold.")
  static final class Purge extends ConfirmedCommand {

    @Override
    String question() {
      return "Remove all tasks of partition " + partition + " permanently";
    }

    @Override
    int run(PartitionAdmin admin) {
      long purged = admin.purge();
      output.say(purged + " tasks removed", new Row().add("removed", purged));
      return 0;
    }
  }

  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Deletes a partition that is not in use.")
  static final class Delete extends ConfirmedCommand {

    @Option(
        names = "--with-tasks",
        description = "Delete it even if it is in use, with tasks and dead letters.")
    boolean withTasks;

    @Override
    String question() {
      return "Delete partition "
          + partition
          + (withTasks ? " with its tasks and dead letters" : "");
    }

    @Override
    int run(PartitionAdmin admin) {
      if (withTasks) {
        admin.deleteWithTasks();
      } else {
        admin.delete();
      }
      output.say("deleted", new Row().add("deleted", partition));
      return 0;
    }
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description = "Stops the deliveries to all workers for a time (nats-server 2.11 and later).")
  static final class Pause extends PartitionCommand {

    @Parameters(index = "1", paramLabel = "TIME", description = "Such as 10m or 2h.")
    Duration time = Duration.ZERO;

    @Override
    int run(PartitionAdmin admin) {
      admin.pause(time);
      output.say("paused for " + Times.show(time), new Row().add("paused", time));
      return 0;
    }
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Ends a pause immediately.")
  static final class Resume extends PartitionCommand {

    @Override
    int run(PartitionAdmin admin) {
      admin.resume();
      output.say("resumed", new Row().add("resumed", partition));
      return 0;
    }
  }

  @Command(
      name = "move-streams",
      mixinStandardHelpOptions = true,
      description = {
        "Moves a queue from one stream to several. Stop its producers and workers first.",
        "Put the settings of the queue, such as its lease, into the environment or context file."
      })
  static final class MoveStreams extends QueueCommand {

    @Mixin Confirmation confirmation = new Confirmation();

    @Parameters(paramLabel = "STREAMS", description = "The new number of streams, from 2.")
    int streams;

    @Option(
        names = "--patience",
        paramLabel = "TIME",
        defaultValue = "2m",
        description = "The time to wait for leases. Default: ${DEFAULT-VALUE}.")
    Duration patience = Duration.ofMinutes(2);

    @Override
    public Integer call() throws InterruptedException {
      if (streams < 2) {
        throw new InvalidInputException("streams", streams, "must be from 2");
      }
      if (!confirmation.given("Move the queue to " + streams + " streams")) {
        return Failures.NO;
      }
      NatsOptions options =
          target.options().withProvisioning(NatsOptions.Provisioning.CREATE).withStreams(streams);
      long moved = NatsQueues.spread(options, patience);
      output.say(moved + " tasks moved", new Row().add("moved", moved));
      return 0;
    }
  }
}
