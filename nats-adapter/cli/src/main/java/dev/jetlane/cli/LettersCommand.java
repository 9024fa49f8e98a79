// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Limits;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.cli.Output.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A command that changes one dead letter, or the dead letters of a filter. */
abstract class LettersCommand extends ConfirmedCommand {

  @Mixin LetterFilter filter = new LetterFilter();

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "LETTER",
      description = "The id of one dead letter. Default: those of the filter.")
  @Nullable String letter;

  private final String verb;
  private final String done;

  LettersCommand(String verb, String done) {
    this.verb = verb;
    this.done = done;
  }

  /** Changes one letter; returns false if there is none with this id. */
  abstract boolean one(DeadLetterAdmin letters, String id);

  /** Changes the letters of a query; returns their number. */
  abstract int many(DeadLetterAdmin letters, DeadLetterQuery query) throws InterruptedException;

  /**
   * Whether the command deletes letters, so that it asks for confirmation even for a single one.
   */
  boolean destroys() {
    return false;
  }

  @Override
  public Integer call() throws Exception {
    confirmation.yes |= letter != null && !destroys();
    return super.call();
  }

  @Override
  String question() {
    String conditions = filter.toString();
    if (letter == null) {
      String which = "up to " + Pages.check(filter.limit) + " dead letters of " + partition;
      return verb + " " + which + (conditions.isEmpty() ? "" : " " + conditions);
    }
    if (!conditions.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "give either the id of a dead letter or a filter, not both");
    }
    return verb + " dead letter " + letter + " of " + partition;
  }

  @Override
  int run(PartitionAdmin admin) throws InterruptedException {
    DeadLetterAdmin letters = admin.deadLetters();
    return letter == null ? many(letters) : one(letters, admin, letter);
  }

  private int one(DeadLetterAdmin letters, PartitionAdmin admin, String id) {
    boolean found = one(letters, id);
    output.say(
        found ? done : "partition " + admin.name() + " has no dead letter " + id,
        new Row().add("letter", id).add(done, found));
    return found ? 0 : Failures.NO;
  }

  private int many(DeadLetterAdmin letters) throws InterruptedException {
    int total = 0;
    int last;
    int asked;
    do {
      asked = Math.min(Limits.MAX_PULL, filter.limit - total);
      last = many(letters, filter.query().withMax(asked));
      total += last;
    } while (last == asked && total < filter.limit);
    output.say(total + " " + done, new Row().add(done, total));
    return 0;
  }
}
