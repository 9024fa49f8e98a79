// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code jetlane}: inspects and operates a queue on NATS. */
@Command(
    name = "jetlane",
    description = "Shows and operates a Jetlane queue on NATS JetStream.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "Exit codes: 0 done; 1 a negative result (nothing found, problems found, not",
      "confirmed); 2 wrong usage; 3 too little memory; 4 not permitted; 5 refused or",
      "not supported; 6 unknown outcome: check the queue, then repeat; 7 the server",
      "cannot be reached; 70 a bug in this program; 74 the output cannot be",
      "written."
    })
public final class JetlaneCommand implements Callable<Integer> {

  private static final List<Class<?>> COMMANDS =
      List.of(
          LookCommands.Partitions.class,
          LookCommands.StatsOf.class,
          LookCommands.Tasks.class,
          LookCommands.Find.class,
          ChangeCommands.Push.class,
          ChangeCommands.Remove.class,
          ChangeCommands.Purge.class,
          ChangeCommands.Delete.class,
          ChangeCommands.Pause.class,
          ChangeCommands.Resume.class,
          DeadCommands.class,
          DoctorCommand.class,
          ChangeCommands.MoveStreams.class,
          AutoComplete.GenerateCompletion.class);

  @Spec CommandSpec spec = CommandSpec.create();

  /** Creates the command, for Picocli. */
  public JetlaneCommand() {}

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param args the command and its options, as in a shell
   */
  public static void main(String[] args) {
    // Otherwise JDK 22 and later have a console even without a terminal.
    System.setProperty("jdk.console", "java.base");
    System.setProperty("java.util.logging.config.class", QuietLogging.class.getName());
    System.exit(run(utf8(System.out), utf8(System.err), args));
  }

  /**
   * Runs a command. An error such as too little memory must end the process, because an open
   * connection would keep it alive.
   */
  private static int run(PrintWriter out, PrintWriter err, String... args) {
    try {
      return commandLine(args).setOut(out).setErr(err).execute(args);
    } catch (Error e) {
      return Failures.report(e, err);
    }
  }

  private static PrintWriter utf8(PrintStream stream) {
    return new PrintWriter(stream, true, StandardCharsets.UTF_8);
  }

  /**
   * Returns a command line that knows only the command of the first argument, because reflection on
   * all commands is slow.
   */
  static CommandLine commandLine(String... args) {
    String first = args.length == 0 ? "" : args[0];
    List<Class<?>> named = COMMANDS.stream().filter(each -> first.equals(name(each))).toList();
    boolean all = named.isEmpty() || named.contains(AutoComplete.GenerateCompletion.class);
    CommandLine line = new CommandLine(new JetlaneCommand());
    (all ? COMMANDS : named).forEach(line::addSubcommand);
    return line.registerConverter(Duration.class, new Times())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false) // Ids and payloads may begin with @.
        .setParameterExceptionHandler(Failures::report)
        .setExecutionExceptionHandler(JetlaneCommand::report);
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  private static int report(Exception error, CommandLine command, ParseResult unused) {
    return Failures.report(error, command.getErr());
  }

  @Override
  public Integer call() {
    return usage(spec);
  }

  /** Prints the commands, if none was given. */
  static int usage(CommandSpec spec) {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Failures.USAGE;
  }
}
