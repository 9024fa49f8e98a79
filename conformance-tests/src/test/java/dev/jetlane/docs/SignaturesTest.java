// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.signatures.Signatures;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The public API of each published module is a file in git: {@code jetlane-api.api} and its like.
 * The command line and the modules for Spring compare theirs where their dependencies are.
 */
class SignaturesTest {

  private static final Pattern ARTIFACT =
      Pattern.compile("<artifactId>(jetlane-[a-z-]+)</artifactId>");

  @ParameterizedTest
  @CsvSource({
    "api, jetlane-api",
    "nats-adapter, jetlane-nats",
    "inmemory-fake, jetlane-inmemory",
    "conformance-tests, jetlane-conformance"
  })
  void areThoseInGit(String folder, String artifact) throws IOException {
    Signatures.check(Repository.ROOT.resolve(folder), artifact);
  }

  /** Covers every artifact of the bill of materials, so that a new module cannot be forgotten. */
  @Test
  void everyPublishedModuleHasThem() throws IOException {
    String published = Files.readString(Repository.ROOT.resolve("api/bom/pom.xml"));
    String dependencies = published.substring(published.indexOf("<dependencies>"));
    assertThat(ARTIFACT.matcher(dependencies).results().map(match -> match.group(1)))
        .hasSizeGreaterThan(5)
        .allSatisfy(artifact -> assertThat(Repository.files("/" + artifact + ".api")).hasSize(1));
  }

  /** A dump without the calls of users would protect nothing. */
  @Test
  void showWhatUsersCall() throws IOException {
    assertThat(Signatures.of(Repository.ROOT.resolve("api")))
        .contains("public interface dev.jetlane.Partition")
        .contains("  public abstract PushReceipt push(Task)\n")
        .doesNotContain("lambda$");
  }
}
