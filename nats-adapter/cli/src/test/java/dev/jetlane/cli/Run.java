// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One run of the command line: in this JVM, or as a process, which takes much longer. */
record Run(int code, String out, String err) {

  private static final long PATIENCE_SECONDS = 60;
  private static final int PLENTY_MEGABYTES = 256;

  static Run here(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        JetlaneCommand.commandLine(args)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Run(code, out.toString(), err.toString());
  }

  /** The command of the program, or of the classes without a built program. */
  static Run ofProcess(Map<String, String> environment, String input, String... args)
      throws Exception {
    Process process = start(environment, args);
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      InputStream out = process.getInputStream();
      InputStream err = process.getErrorStream();
      CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> read(err));
      String text = read(out);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("jetlane " + String.join(" ", args) + " does not end");
      }
      return new Run(process.exitValue(), text, errors.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } finally {
      process.destroyForcibly();
    }
  }

  static Process start(Map<String, String> environment, String... args) throws IOException {
    return start(PLENTY_MEGABYTES, environment, args);
  }

  /** Runs with a limit of the heap. */
  static Process start(int heapMegabytes, Map<String, String> environment, String... args)
      throws IOException {
    String limit = "-Xmx" + heapMegabytes + "m";
    String program = System.getProperty("jetlane.cli.program");
    List<String> command = new ArrayList<>();
    if (program == null) {
      command.addAll(List.of(System.getProperty("java.home") + "/bin/java", limit));
      command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
      command.addAll(List.of("-XX:+ExitOnOutOfMemoryError", "-XX:+DisplayVMOutputToStderr"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path")));
      command.add(JetlaneCommand.class.getName());
    } else {
      command.add(program);
    }
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JETLANE_JAVA_OPTIONS", limit);
    return builder.start();
  }

  private static String read(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "" + e;
    }
  }
}
