// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.cli.Output.Row;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
final class DeadCommands implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    return JetlaneCommand.usage(spec);
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

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists dead letters, the oldest first.")
  static final class ListLetters extends PartitionCommand {

    @Mixin LetterFilter filter = new LetterFilter();

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
      return output.print(admin.deadLetters().find(letter).map(Show::shown));
    }

    private static Row shown(DeadLetter letter) {
      return row(letter)
          .add("headers", letter.headers())
          .add("payload", LookCommands.text(letter.payload()));
    }
  }

  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Removes dead letters permanently: one by its id, or those of a filter.")
  static final class Remove extends LettersCommand {

    Remove() {
      super("Remove", "removed");
    }

    @Override
    boolean destroys() {
      return true;
    }

    @Override
    boolean one(DeadLetterAdmin letters, String id) {
      return letters.remove(id);
    }

    @Override
    int many(DeadLetterAdmin letters, DeadLetterQuery query) throws InterruptedException {
      return letters.remove(query);
    }
  }

  @Command(
      name = "redrive",
      mixinStandardHelpOptions = true,
      description = "Puts dead letters back as new tasks: one by its id, or those of a filter.")
  static final class Redrive extends LettersCommand {

    @Mixin Rate rate = new Rate();

    Redrive() {
      super("Redrive", "redriven");
    }

    @Override
    boolean one(DeadLetterAdmin letters, String id) {
      return letters.redrive(id);
    }

    @Override
    int many(DeadLetterAdmin letters, DeadLetterQuery query) throws InterruptedException {
      return letters.redrive(query, rate.between);
    }
  }

  @Command(
      name = "move",
      mixinStandardHelpOptions = true,
      description = "Moves dead letters, as new tasks: one by its id, or those of a filter.")
  static final class Move extends LettersCommand {

    @Mixin Rate rate = new Rate();

    @Option(
        names = "--to",
        paramLabel = "PARTITION",
        required = true,
        description = "The other partition.")
    String to = "";

    Move() {
      super("Move", "moved");
    }

    @Override
    boolean one(DeadLetterAdmin letters, String id) {
      return letters.move(id, to);
    }

    @Override
    int many(DeadLetterAdmin letters, DeadLetterQuery query) throws InterruptedException {
      return letters.move(query, to, rate.between);
    }
  }

  /** Limits the load on the workers. */
  static final class Rate {

    @Option(
        names = "--between",
        paramLabel = "TIME",
        defaultValue = "0s",
        description = "The pause between two of them. Default: ${DEFAULT-VALUE}.")
    Duration between = Duration.ZERO;
  }
}
