package dev.jetlane.cli;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import dev.jetlane.cli.Output.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jetlane dead}: the dead letters of a partition. */
@Command(
    name = "dead",
    mixinStandardHelpOptions = true,
    description = "The dead letters of a partition.",
    subcommands = {
      DeadCommands.ListLetters.class,
      DeadCommands.Show.class,
      DeadCommands.Redrive.class,
      DeadCommands.Remove.class,
      DeadCommands.Move.class
    })
final class DeadCommands implements Runnable {

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  /** Which letters a command means. */
  static final class Filter {

    @Option(names = "--reason", paramLabel = "TEXT", description = "The reason contains this text.")
    @Nullable String reason;

    @Option(names = "--task", paramLabel = "ID", description = "Of the task with this id.")
    @Nullable String taskId;

    @Option(
        names = "--since",
        paramLabel = "TIME",
        description = "Of that time or later: ISO-8601.")
    @Nullable Instant since;

    @Option(names = "--before", paramLabel = "TIME", description = "Before that time: ISO-8601.")
    @Nullable Instant before;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "How many at most. Default: ${DEFAULT-VALUE}.")
    int limit = 100;

    DeadLetterQuery query() {
      DeadLetterQuery query = DeadLetterQuery.defaults().withMax(limit);
      query = reason == null ? query : query.withReason(reason);
      query = taskId == null ? query : query.withTaskId(taskId);
      query = since == null ? query : query.withSince(since);
      return before == null ? query : query.withBefore(before);
    }
  }

  private static Row row(DeadLetter letter) {
    return new Row()
        .add("letter", letter.id())
        .add("task", letter.taskId())
        .add("attempts", letter.attempts())
        .add("time", letter.time())
        .add("bytes", letter.payload().length)
        .add("reason", letter.reason());
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists dead letters.")
  static final class ListLetters implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();
    @Mixin Filter filter = new Filter();

    @Parameters(paramLabel = "PARTITION")
    String partition = "";

    @Override
    public Integer call() throws InterruptedException {
      return target.with(
          partition,
          admin -> {
            output.print(rows(admin.deadLetters()));
            return 0;
          });
    }

    private List<Row> rows(DeadLetterAdmin letters) {
      List<Row> rows = new ArrayList<>();
      Optional<String> next = Optional.empty();
      do {
        DeadLetterQuery query = filter.query().withMax(Math.min(1_000, filter.limit - rows.size()));
        Page<DeadLetter> page = letters.page(next.map(query::withStart).orElse(query));
        page.items().forEach(letter -> rows.add(row(letter)));
        next = page.next();
      } while (next.isPresent() && rows.size() < filter.limit);
      return rows;
    }
  }

  /** A command for one letter. */
  abstract static class OfOne implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();

    @Parameters(index = "0", paramLabel = "PARTITION")
    String partition = "";

    @Parameters(index = "1", paramLabel = "LETTER")
    String letter = "";

    abstract boolean change(DeadLetterAdmin letters);

    /** Says what became of it. */
    int run(String done) throws InterruptedException {
      return target.with(
          partition,
          admin -> {
            boolean found = change(admin.deadLetters());
            output.say(
                found ? done : "there is no dead letter with this id",
                new Row().add("letter", letter).add("done", found));
            return found ? 0 : Failures.NO;
          });
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows one dead letter with its headers and its payload, as text.")
  static final class Show extends OfOne {
    @Override
    boolean change(DeadLetterAdmin letters) {
      Optional<DeadLetter> found = letters.find(letter);
      found.ifPresent(
          shown ->
              output.print(
                  List.of(
                      row(shown)
                          .add("headers", shown.headers())
                          .add("payload", LookCommands.text(shown.payload())))));
      return found.isPresent();
    }

    @Override
    public Integer call() throws InterruptedException {
      return target.with(partition, admin -> change(admin.deadLetters()) ? 0 : Failures.NO);
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes one dead letter for good.")
  static final class Remove extends OfOne {
    @Mixin Confirmation confirmation = new Confirmation();

    @Override
    boolean change(DeadLetterAdmin letters) {
      return letters.remove(letter);
    }

    @Override
    public Integer call() throws InterruptedException {
      return confirmation.of("Remove dead letter " + letter + " for good?")
          ? run("removed")
          : Failures.NO;
    }
  }

  @Command(
      name = "move",
      mixinStandardHelpOptions = true,
      description = "Moves one dead letter into another partition, as a new task.")
  static final class Move extends OfOne {
    @Parameters(index = "2", paramLabel = "TO")
    String to = "";

    @Override
    boolean change(DeadLetterAdmin letters) {
      return letters.move(letter, to);
    }

    @Override
    public Integer call() throws InterruptedException {
      return run("moved");
    }
  }

  @Command(
      name = "redrive",
      mixinStandardHelpOptions = true,
      description = "Puts dead letters back as new tasks: one by its id, or those of a filter.")
  static final class Redrive implements Callable<Integer> {
    @Mixin Target target = new Target();
    @Mixin Output output = new Output();
    @Mixin Confirmation confirmation = new Confirmation();
    @Mixin Filter filter = new Filter();

    @Parameters(index = "0", paramLabel = "PARTITION")
    String partition = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "LETTER")
    @Nullable String letter;

    @Option(
        names = "--between",
        paramLabel = "TIME",
        defaultValue = "0s",
        description = "How long to wait between two. Default: ${DEFAULT-VALUE}.")
    Duration between = Duration.ZERO;

    @Override
    public Integer call() throws InterruptedException {
      String id = letter;
      boolean many = id == null;
      if (many && !confirmation.of("Redrive up to " + filter.limit + " dead letters?")) {
        return Failures.NO;
      }
      return target.with(
          partition,
          admin -> {
            DeadLetterAdmin letters = admin.deadLetters();
            int redriven =
                id == null ? letters.redrive(filter.query(), between) : letters.redrive(id) ? 1 : 0;
            output.say(redriven + " redriven", new Row().add("redriven", redriven));
            return redriven > 0 || many ? 0 : Failures.NO;
          });
    }
  }
}
