package dev.jetlane.cli;

import dev.jetlane.Page;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands that change nothing. */
final class LookCommands {

  private LookCommands() {}

  static Row row(PartitionSummary summary) {
    Stats stats = summary.stats();
    return new Row()
        .add("partition", summary.name())
        .add("ready", stats.ready())
        .add("outstanding", stats.outstanding())
        .add("redelivered", stats.redelivered())
        .add("delayed", stats.delayed())
        .add("dead", stats.dead())
        .add("pulls", summary.waitingPulls())
        .add("paused", summary.pausedFor().map(Times::show).orElse(null));
  }

  @Command(
      name = "partitions",
      mixinStandardHelpOptions = true,
      description = "Lists the partitions with their counts.")
  static final class Partitions implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();

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
  static final class StatsOf implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();

    @Parameters(arity = "0..1", paramLabel = "PARTITION")
    @Nullable String partition;

    @Option(names = "--watch", description = "Show a table again and again, until Ctrl-C.")
    boolean watch;

    @Option(
        names = "--every",
        paramLabel = "TIME",
        defaultValue = "2s",
        description = "How often, with --watch. Default: ${DEFAULT-VALUE}.")
    Duration every = Duration.ofSeconds(2);

    @Override
    public Integer call() throws InterruptedException {
      try (TaskQueue queue = target.connect()) {
        if (watch) {
          new Watch(output.out(), every).run(queue, same -> output.lines(rows(same)));
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

  static Row row(TaskInfo task, boolean withHeaders) {
    Row row =
        new Row()
            .add("id", task.id())
            .add("state", task.state().toString().toLowerCase(java.util.Locale.ROOT))
            .add("attempts", task.attempts().isPresent() ? task.attempts().getAsInt() : null)
            .add("priority", task.priority())
            .add("age", Times.show(task.age()))
            .add("due in", task.dueIn().map(Times::show).orElse(null))
            .add("bytes", task.payloadBytes());
    if (withHeaders) {
      row.add("headers", task.headers());
    }
    task.payload().ifPresent(payload -> row.add("payload", text(payload)));
    return row;
  }

  static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  @Command(
      name = "tasks",
      mixinStandardHelpOptions = true,
      description = "Shows the tasks of a partition, without leasing them.")
  static final class Tasks implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();

    @Parameters(paramLabel = "PARTITION")
    String partition = "";

    @Option(names = "--state", description = "Only: ${COMPLETION-CANDIDATES}.")
    @Nullable TaskState state;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "How many at most. Default: ${DEFAULT-VALUE}.")
    int limit = 100;

    @Option(names = "--headers", description = "Show the headers too.")
    boolean headers;

    @Option(names = "--payload", description = "Show the payloads too, as text.")
    boolean payload;

    @Override
    public Integer call() throws InterruptedException {
      return target.with(
          partition,
          admin -> {
            TaskQuery query = TaskQuery.defaults();
            query = state == null ? query : query.withState(state);
            output.print(rows(admin, payload ? query.withPayloads() : query));
            return 0;
          });
    }

    private List<Row> rows(PartitionAdmin admin, TaskQuery query) {
      List<Row> rows = new ArrayList<>();
      Optional<String> next = Optional.empty();
      do {
        TaskQuery page = query.withMax(Math.max(1, Math.min(1_000, limit - rows.size())));
        Page<TaskInfo> found = admin.tasks(next.map(page::withStart).orElse(page));
        found.items().forEach(task -> rows.add(row(task, headers)));
        next = found.next();
      } while (next.isPresent() && rows.size() < limit);
      return rows;
    }
  }

  @Command(
      name = "find",
      mixinStandardHelpOptions = true,
      description = "Shows one task. Reads the tasks of the partition until it is found.")
  static final class Find implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();

    @Parameters(index = "0", paramLabel = "PARTITION")
    String partition = "";

    @Parameters(index = "1", paramLabel = "ID")
    String id = "";

    @Override
    public Integer call() throws InterruptedException {
      return target.with(
          partition,
          admin -> {
            Optional<TaskInfo> task = admin.find(id);
            output.print(task.map(found -> List.of(row(found, true))).orElse(List.of()));
            return task.isPresent() ? 0 : Failures.NO;
          });
    }
  }
}
