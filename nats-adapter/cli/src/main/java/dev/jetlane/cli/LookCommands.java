// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Stats;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskState;
import dev.jetlane.cli.Output.Row;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The read-only commands. */
final class LookCommands {

  private LookCommands() {}

  private static Row row(PartitionSummary summary) {
    Stats stats = summary.stats();
    return new Row()
        .add("partition", summary.name())
        .add("ready", stats.ready())
        .add("outstanding", stats.outstanding())
        .add("redelivered", stats.redelivered())
        .add("delayed", stats.delayed())
        .add("dead", stats.dead())
        .add("pulls", summary.waitingPulls())
        .add("paused", summary.pausedFor().orElse(null));
  }

  private static Row row(TaskInfo task) {
    return new Row()
        .add("id", task.id())
        .add("state", task.state().toString().toLowerCase(Locale.ROOT))
        .add("attempts", task.attempts().isPresent() ? task.attempts().getAsInt() : null)
        .add("priority", task.priority())
        .add("age", task.age())
        .add("due", task.dueIn().orElse(null))
        .add("bytes", task.payloadBytes());
  }

  static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Command(
      name = "partitions",
      mixinStandardHelpOptions = true,
      description = "Lists the partitions with their counts.")
  static final class Partitions extends QueueCommand {

    @Override
    public Integer call() {
      try (TaskQueue queue = target.connect()) {
        output.print(queue.admin().partitions().stream().map(LookCommands::row).toList());
      }
      return 0;
    }
  }

  @Command(
      name = "stats",
      mixinStandardHelpOptions = true,
      description = "Counts the tasks of one partition, or of all.")
  static final class StatsOf extends QueueCommand {

    @Parameters(arity = "0..1", paramLabel = "PARTITION", description = "Default: all.")
    @Nullable String partition;

    @Option(names = "--watch", description = "Repeat until Ctrl-C.")
    boolean watch;

    @Option(
        names = "--every",
        paramLabel = "TIME",
        defaultValue = "2s",
        description = "The pause between two tables of --watch. Default: ${DEFAULT-VALUE}.")
    Duration every = Duration.ofSeconds(2);

    @Override
    public Integer call() throws InterruptedException {
      try (TaskQueue queue = target.connect()) {
        if (watch) {
          new Watch(output, every).run(() -> rows(queue));
        }
        output.print(rows(queue));
      }
      return 0;
    }

    private List<Row> rows(TaskQueue queue) {
      return partition == null
          ? queue.admin().partitions().stream().map(LookCommands::row).toList()
          : List.of(row(queue.admin().partition(partition).summary()));
    }
  }

  @Command(
      name = "tasks",
      mixinStandardHelpOptions = true,
      description = "Shows the tasks of a partition, without leasing them.")
  static final class Tasks extends PartitionCommand {

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "Only: ${COMPLETION-CANDIDATES}.")
    @Nullable TaskState state;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "The maximum number of tasks. Default: ${DEFAULT-VALUE}.")
    int limit = 100;

    @Option(names = "--headers", description = "Show the headers too.")
    boolean headers;

    @Option(names = "--payload", description = "Show the payloads too, as text.")
    boolean payload;

    @Override
    int run(PartitionAdmin admin) {
      TaskQuery all = payload ? TaskQuery.defaults().withPayloads() : TaskQuery.defaults();
      TaskQuery query = state == null ? all : all.withState(state);
      Pages.read(
          limit,
          (max, start) -> {
            TaskQuery page = query.withMax(max);
            return admin.tasks(start.map(page::withStart).orElse(page));
          },
          tasks -> output.page(tasks.stream().map(this::shown).toList()));
      output.end();
      return 0;
    }

    private Row shown(TaskInfo task) {
      Row row = row(task);
      if (headers) {
        row.add("headers", task.headers());
      }
      task.payload().ifPresent(bytes -> row.add("payload", text(bytes)));
      return row;
    }
  }

  @Command(
      name = "find",
      mixinStandardHelpOptions = true,
      description = "Shows one task. Reads the tasks of the partition until it is found.")
  static final class Find extends PartitionCommand {

    @Parameters(index = "1", paramLabel = "ID", description = "The id of the task.")
    String id = "";

    @Override
    int run(PartitionAdmin admin) {
      return output.print(admin.find(id).map(this::shown));
    }

    private Row shown(TaskInfo task) {
      return row(task)
          .add("headers", task.headers())
          .add("payload", task.payload().map(LookCommands::text).orElse(null));
    }
  }
}
