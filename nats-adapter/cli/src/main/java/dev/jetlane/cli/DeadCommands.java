package dev.jetlane.cli;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Limits;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.cli.Output.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
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

  private static Row row(DeadLetter letter) {
    return new Row()
        .add("letter", letter.id())
        .add("task", letter.taskId())
        .add("priority", letter.priority())
        .add("attempts", letter.attempts())
        .add("time", letter.time())
        .add("bytes", letter.payload().length)
        .add("reason", letter.reason());
  }

  /** Selects letters. */
  static final class Filter {

    @Option(names = "--reason", paramLabel = "TEXT", description = "The reason contains this text.")
    @Nullable String reason;

    @Option(names = "--task", paramLabel = "ID", description = "Of the task with this id.")
    @Nullable String taskId;

    @Option(names = "--since", paramLabel = "TIME", description = "From this time on, ISO-8601.")
    @Nullable Instant since;

    @Option(names = "--before", paramLabel = "TIME", description = "Before this time, ISO-8601.")
    @Nullable Instant before;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "The maximum of dead letters. Default: ${DEFAULT-VALUE}.")
    int limit = 100;

    DeadLetterQuery query() {
      DeadLetterQuery query = DeadLetterQuery.defaults();
      query = reason == null ? query : query.withReason(reason);
      query = taskId == null ? query : query.withTaskId(taskId);
      query = since == null ? query : query.withSince(since);
      return before == null ? query : query.withBefore(before);
    }
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists dead letters, the oldest first.")
  static final class ListLetters extends PartitionCommand {

    @Mixin Filter filter = new Filter();

    @Override
    int run(PartitionAdmin admin) {
      DeadLetterAdmin letters = admin.deadLetters();
      Pages.read(
          filter.limit,
          (max, start) -> {
            DeadLetterQuery page = filter.query().withMax(max);
            return letters.page(start.map(page::withStart).orElse(page));
          },
          found -> output.page(found.stream().map(DeadCommands::row).toList()));
      output.end();
      return 0;
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows one dead letter with its headers and its payload, as text.")
  static final class Show extends PartitionCommand {

    @Parameters(index = "1", paramLabel = "LETTER", description = "The id of the dead letter.")
    String letter = "";

    @Override
    int run(PartitionAdmin admin) {
      Optional<DeadLetter> found = admin.deadLetters().find(letter);
      output.print(
          found
              .map(
                  shown ->
                      row(shown)
                          .add("headers", shown.headers())
                          .add("payload", LookCommands.text(shown.payload())))
              .stream()
              .toList());
      return found.isPresent() ? 0 : Failures.NO;
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes one dead letter permanently.")
  static final class Remove extends ConfirmedCommand {

    @Parameters(index = "1", paramLabel = "LETTER", description = "The id of the dead letter.")
    String letter = "";

    @Override
    String question() {
      return "Remove dead letter " + letter + " permanently";
    }

    @Override
    int run(PartitionAdmin admin) {
      return say(output, letter, admin.deadLetters().remove(letter), "removed");
    }
  }

  @Command(
      name = "move",
      mixinStandardHelpOptions = true,
      description = "Moves one dead letter into another partition, as a new task.")
  static final class Move extends PartitionCommand {

    @Parameters(index = "1", paramLabel = "LETTER", description = "The id of the dead letter.")
    String letter = "";

    @Parameters(index = "2", paramLabel = "TO", description = "The other partition.")
    String to = "";

    @Override
    int run(PartitionAdmin admin) {
      return say(output, letter, admin.deadLetters().move(letter, to), "moved");
    }
  }

  @Command(
      name = "redrive",
      mixinStandardHelpOptions = true,
      description = "Puts dead letters back as new tasks: one by its id, or those of a filter.")
  static final class Redrive extends ConfirmedCommand {

    @Mixin Filter filter = new Filter();

    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "LETTER",
        description = "The id of one dead letter, which needs no --yes.")
    @Nullable String letter;

    @Option(
        names = "--between",
        paramLabel = "TIME",
        defaultValue = "0s",
        description = "The pause between two of them. Default: ${DEFAULT-VALUE}.")
    Duration between = Duration.ZERO;

    @Override
    String question() {
      return "Redrive up to " + Pages.check(filter.limit) + " dead letters of " + partition;
    }

    @Override
    public Integer call() throws Exception {
      confirmation.yes |= letter != null;
      return super.call();
    }

    @Override
    int run(PartitionAdmin admin) throws InterruptedException {
      DeadLetterAdmin letters = admin.deadLetters();
      String id = letter;
      if (id != null) {
        return say(output, id, letters.redrive(id), "redriven");
      }
      int redriven = 0;
      int last;
      int asked;
      do {
        asked = Math.min(Limits.MAX_PULL, Pages.check(filter.limit) - redriven);
        last = letters.redrive(filter.query().withMax(asked), between);
        redriven += last;
      } while (last == asked && redriven < filter.limit);
      output.say(redriven + " redriven", new Row().add("redriven", redriven));
      return 0;
    }
  }

  private static int say(Output output, String letter, boolean found, String done) {
    output.say(
        found ? done : "there is no dead letter with this id",
        new Row().add("letter", letter).add(done, found));
    return found ? 0 : Failures.NO;
  }
}
