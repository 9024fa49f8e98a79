// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the source of servers of {@link NatsServer}. Its inputs are parameters, so that a test can
 * simulate an empty machine.
 */
record SourceFinder(
    Function<String, @Nullable String> properties,
    Path workingDirectory,
    String searchPath,
    Supplier<Optional<NatsSource>> docker) {

  private static final String NO_ENGINE =
      "-Djetlane.nats.image asks for a container, and there is no Docker engine (.ci/with-docker"
          + " starts one)";
  private static final Path FETCHED = Path.of(".nats", "latest", "nats-server");

  static SourceFinder ofThisMachine() {
    String searchPath = System.getenv("PATH");
    return new SourceFinder(
        System::getProperty,
        Path.of("").toAbsolutePath(),
        searchPath == null ? "" : searchPath,
        SourceFinder::testcontainers);
  }

  NatsSource find() {
    String url = property("jetlane.nats.url");
    if (!url.isEmpty()) {
      return config -> ExternalServer.connect(url, config);
    }
    String given = property("jetlane.nats.server");
    if (!given.isEmpty()) {
      // Maven runs the tests of a module in its folder, but a user enters a path relative to the
      // checkout.
      Path binary = workingDirectory.resolve(property("jetlane.root")).resolve(given);
      if (!isProgram(binary)) {
        throw new IllegalStateException("jetlane.nats.server is not an executable file: " + given);
      }
      return new LocalSource(binary);
    }
    if (!property("jetlane.nats.image").isEmpty()) {
      return docker.get().orElseThrow(() -> new IllegalStateException(NO_ENGINE));
    }
    for (Path candidate : candidates()) {
      if (isProgram(candidate)) {
        return new LocalSource(candidate);
      }
    }
    return docker.get().orElseThrow(SourceFinder::nothing);
  }

  private List<Path> candidates() {
    List<Path> candidates = new ArrayList<>();
    String root = property("jetlane.root");
    if (!root.isEmpty()) {
      candidates.add(Path.of(root).resolve(FETCHED));
    }
    for (Path folder = workingDirectory; folder != null; folder = folder.getParent()) {
      candidates.add(folder.resolve(FETCHED));
    }
    for (String folder : searchPath.split(File.pathSeparator, -1)) {
      if (!folder.isEmpty()) {
        candidates.add(Path.of(folder, "nats-server"));
      }
    }
    return candidates;
  }

  private String property(String name) {
    String value = properties.apply(name);
    return value == null ? "" : value.trim();
  }

  private static boolean isProgram(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  private static Optional<NatsSource> testcontainers() {
    try {
      return DockerServer.source();
    } catch (NoClassDefFoundError e) {
      // Testcontainers is not on the class path, as in the benchmarks.
      return Optional.empty();
    }
  }

  private static IllegalStateException nothing() {
    return new IllegalStateException(
        "no NATS server found: run .ci/setup to fetch one, or give -Djetlane.nats.url=nats://...,"
            + " or test the in-memory fake alone with -Djetlane.fakeOnly=true");
  }
}
