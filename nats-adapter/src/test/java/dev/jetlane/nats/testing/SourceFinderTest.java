// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of the places where a server is looked for. No test starts one. */
class SourceFinderTest {
  @TempDir Path machine;
  private Path root;
  private Path below;
  private Path onPath;

  @BeforeEach
  void folders() throws IOException {
    root = Files.createDirectories(machine.resolve("checkout"));
    below = Files.createDirectories(root.resolve("module/target"));
    onPath = Files.createDirectories(machine.resolve("bin"));
  }

  @Test
  void withoutAServerOneLineNamesTheRemedy() {
    assertThatThrownBy(() -> finder(Map.of()).find())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll(".ci/setup", "-Djetlane.nats.url=", "-Djetlane.fakeOnly=true")
        .hasMessageNotContaining("\n");
  }

  @Test
  void aRequestedBinaryIsNeverReplaced() throws IOException {
    program(onPath.resolve("nats-server"));
    assertThatThrownBy(() -> finder(Map.of("jetlane.nats.server", root + "/missing")).find())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("/missing")
        .hasMessageNotContaining("\n");
  }

  @Test
  void theFetchedServerIsFoundFromAnySubfolderBeforeThePath() throws IOException {
    Path installed = program(onPath.resolve("nats-server"));
    assertThat(finder(Map.of()).find()).isEqualTo(new LocalSource(installed));

    Path fetched = program(root.resolve(".nats/latest/nats-server"));
    assertThat(finder(Map.of()).find()).isEqualTo(new LocalSource(fetched));

    Path other = program(machine.resolve("other/.nats/latest/nats-server"));
    assertThat(finder(Map.of("jetlane.root", machine + "/other")).find())
        .isEqualTo(new LocalSource(other));

    Path given = program(machine.resolve("given"));
    assertThat(finder(Map.of("jetlane.nats.server", given.toString())).find())
        .isEqualTo(new LocalSource(given));
    assertThat(
            finder(Map.of("jetlane.root", machine.toString(), "jetlane.nats.server", "given"))
                .find())
        .isEqualTo(new LocalSource(given));

    assertThat(
            finder(
                    Map.of(
                        "jetlane.nats.server",
                        given.toString(),
                        "jetlane.nats.url",
                        "nats://127.0.0.1:4222"))
                .find())
        .isNotInstanceOf(LocalSource.class);
  }

  @Test
  void aFileThatCannotBeRunIsNoServer() throws IOException {
    Files.createFile(onPath.resolve("nats-server"));
    Files.createDirectories(root.resolve(".nats/latest/nats-server"));
    assertThatThrownBy(() -> finder(Map.of()).find()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void dockerIsTheLastResort() throws IOException {
    NatsSource docker =
        config -> {
          throw new AssertionError("not started here");
        };
    SourceFinder finder =
        new SourceFinder(name -> null, below, onPath.toString(), () -> Optional.of(docker));
    assertThat(finder.find()).isSameAs(docker);
    Path installed = program(onPath.resolve("nats-server"));
    assertThat(finder.find()).isEqualTo(new LocalSource(installed));
  }

  @Test
  void aRequestedImageIsPreferredToAnInstalledServer() throws IOException {
    program(onPath.resolve("nats-server"));
    Map<String, String> asked = Map.of("jetlane.nats.image", "some:image");
    assertThatThrownBy(() -> finder(asked).find())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no Docker engine")
        .hasMessageNotContaining("\n");

    NatsSource docker =
        config -> {
          throw new AssertionError("not started here");
        };
    assertThat(
            new SourceFinder(asked::get, below, onPath.toString(), () -> Optional.of(docker))
                .find())
        .isSameAs(docker);
  }

  private SourceFinder finder(Map<String, String> properties) {
    return new SourceFinder(properties::get, below, onPath.toString(), Optional::empty);
  }

  private static Path program(Path path) throws IOException {
    Files.createDirectories(path.resolveSibling("."));
    Files.createFile(path);
    assertThat(path.toFile().setExecutable(true)).isTrue();
    return path;
  }
}
