// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The folder of the histories and logs of a run. */
final class RunFolder {

  private RunFolder() {}

  /** Creates an empty folder below {@code target/chaos}. */
  static Path create(String name, Settings settings) {
    Path folder =
        Path.of("target", "chaos", name + "-" + settings.profile() + "-" + settings.seed())
            .toAbsolutePath();
    try {
      if (Files.exists(folder)) {
        try (Stream<Path> old = Files.walk(folder)) {
          for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
