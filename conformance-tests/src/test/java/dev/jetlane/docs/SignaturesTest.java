package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The public API of each published module is a file in git, so that no change of it goes unseen:
 * {@code jetlane-api.api} and its like. With {@code -Djetlane.writeApi=true} the files are written.
 */
class SignaturesTest {

  private static final Map<String, String> MODULES =
      Map.of(
          "api", "jetlane-api",
          "nats-adapter", "jetlane-nats",
          "inmemory-fake", "jetlane-inmemory",
          "conformance-tests", "jetlane-conformance");

  static List<String> modules() {
    return MODULES.keySet().stream().sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void areThoseInGit(String folder) throws IOException {
    Path file = Repository.ROOT.resolve(folder).resolve(MODULES.get(folder) + ".api");
    String is = Signatures.of(folder);
    if (Boolean.getBoolean("jetlane.writeApi")) {
      Files.writeString(file, is);
    }
    assertThat(is)
        .as(
            "the public API has changed; if that is meant: mvn test -am -pl conformance-tests"
                + " -Dtest=SignaturesTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Djetlane.writeApi=true")
        .isEqualTo(Files.readString(file));
  }

  /** A dump that misses what users call would protect nothing. */
  @Test
  void showWhatUsersCall() throws IOException {
    assertThat(Signatures.of("api"))
        .contains("public interface dev.jetlane.Partition")
        .contains("  public abstract PushReceipt push(Task)\n")
        .doesNotContain("lambda$");
  }
}
