// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.cli.Output.Row;
import dev.jetlane.nats.Finding;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jetlane doctor}: the problems of a queue, with evidence and advice. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Reports the problems of a queue, its server and its partitions, with advice.",
      "Put the settings of the application into the environment or the context file.",
      "Exit code 1 if there is a problem; with --strict also if there is a warning."
    })
final class DoctorCommand extends QueueCommand {

  @Option(names = "--strict", description = "Treat a warning as a problem.")
  boolean strict;

  @Option(
      names = "--monitoring",
      paramLabel = "URL",
      description = "The monitoring port, such as http://localhost:8222: shows the sync interval.")
  @Nullable URI monitoring;

  @Option(
      names = "--listen",
      paramLabel = "TIME",
      description = "Listen for failed attempts, and report each task near its last attempt.")
  @Nullable Duration listen;

  @Override
  public Integer call() {
    List<Finding> findings =
        examined().stream().sorted(Comparator.comparing(Finding::level).reversed()).toList();
    for (Finding finding : findings) {
      output.say(sentence(finding), row(finding));
    }
    Finding.Level worst = strict ? Finding.Level.WARNING : Finding.Level.PROBLEM;
    return findings.stream().anyMatch(finding -> finding.level().compareTo(worst) >= 0)
        ? Failures.NO
        : 0;
  }

  private List<Finding> examined() {
    NatsOptions options = target.options();
    List<Finding> findings =
        new ArrayList<>(
            monitoring == null
                ? NatsQueues.examine(options)
                : NatsQueues.examine(options, monitoring));
    if (listen != null) {
      findings.addAll(NatsQueues.listenForFailures(options, listen));
    }
    return findings;
  }

  private static String sentence(Finding finding) {
    String seen = "%-7s  %s: %s".formatted(finding.level(), finding.topic(), finding.evidence());
    return finding.advice().isEmpty() ? seen : seen + " -> " + finding.advice();
  }

  private static Row row(Finding finding) {
    return new Row()
        .add("level", finding.level())
        .add("topic", finding.topic())
        .add("evidence", finding.evidence())
        .add("advice", finding.advice());
  }
}
