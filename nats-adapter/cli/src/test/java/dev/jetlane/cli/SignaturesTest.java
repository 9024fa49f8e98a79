// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import dev.jetlane.signatures.Signatures;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The public API of the command line is that of its {@code .api} file: a {@code main}. */
class SignaturesTest {

  @Test
  void areThoseInGit() throws IOException {
    Signatures.check(
        Path.of(System.getProperty("jetlane.root"), "nats-adapter/cli"), "jetlane-cli");
  }
}
