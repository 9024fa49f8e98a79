package dev.jetlane.cli;

import dev.jetlane.cli.Output.Row;
import dev.jetlane.nats.Finding;
import dev.jetlane.nats.NatsQueues;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jetlane doctor}: what is wrong, and what to do. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Says what is wrong with a queue, its server and its partitions, and what to do.",
      "Exit code 1 where there is a problem; with --strict also where there is a warning."
    })
final class DoctorCommand implements Callable<Integer> {

  @Mixin Target target = new Target();
  @Mixin Output output = new Output();

  @Option(names = "--strict", description = "A warning counts as a problem.")
  boolean strict;

  @Override
  public Integer call() {
    List<Finding> findings = NatsQueues.examine(target.options());
    output.print(
        findings.stream()
            .map(
                finding ->
                    new Row()
                        .add("level", finding.level())
                        .add("topic", finding.topic())
                        .add("evidence", finding.evidence())
                        .add("advice", finding.advice()))
            .toList());
    Finding.Level worst = strict ? Finding.Level.WARNING : Finding.Level.PROBLEM;
    return findings.stream().anyMatch(finding -> finding.level().compareTo(worst) >= 0)
        ? Failures.NO
        : 0;
  }
}
