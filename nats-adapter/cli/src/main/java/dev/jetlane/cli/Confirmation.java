// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Asks on the standard error and reads the answer from the standard input. */
final class Confirmation {

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  boolean yes;

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec = CommandSpec.create();

  /** Returns whether the user agrees. The end of the input means no. */
  boolean given(String question) {
    if (yes) {
      return true;
    }
    PrintWriter err = spec.commandLine().getErr();
    err.print(question + "? [y/N] ");
    err.flush();
    boolean confirmed = isYes();
    if (!confirmed) {
      err.println("jetlane: nothing was changed; --yes confirms");
    }
    return confirmed;
  }

  private boolean isYes() {
    try {
      String answer =
          new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())).readLine();
      if (answer == null) {
        spec.commandLine().getErr().println();
      }
      return answer != null && answer.strip().equalsIgnoreCase("y");
    } catch (IOException e) {
      return false;
    }
  }
}
