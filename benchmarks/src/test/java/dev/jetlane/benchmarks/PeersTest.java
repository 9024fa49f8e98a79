// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersTest {

  @TempDir private Path folder;

  /** The path depends on the version. */
  @Test
  void findsUnpackedProgramsFirst() throws Exception {
    Path program = folder.resolve("usr/lib/postgresql/99/bin/postgres");
    Files.createDirectories(program.getParent());
    Files.createFile(program);
    assertThat(program.toFile().setExecutable(true)).isTrue();

    assertThat(new PeerFiles(folder).require(PeerRival.POSTGRESQL.label(), "postgres"))
        .isEqualTo(program);
  }

  @Test
  void aMissingPeerIsNamed() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new PeerFiles(folder).require(PeerRival.REDIS.label(), "no-such-server"))
        .withMessageContainingAll("Redis stream is missing", "no-such-server", ".ci/setup --peers");
  }
}
