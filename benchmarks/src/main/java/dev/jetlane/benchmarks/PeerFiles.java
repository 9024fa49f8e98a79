// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs of other queues: unpacked by {@code .ci/setup --peers}, installed in the folders of
 * Debian, or on the PATH.
 *
 * @param unpacked a folder with the structure of a root folder; it need not exist
 */
record PeerFiles(Path unpacked) {

  private static final String FOLDER = ".peers";

  private static final List<String> PLACES =
      List.of(
          // Before usr/sbin, where a wrapper starts the installed service.
          "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
          "usr/lib/postgresql/*/bin",
          "usr/lib/erlang/erts-*/bin",
          "usr/bin",
          "usr/sbin");

  /** Returns the programs of this checkout. */
  static PeerFiles find() {
    Path start = Path.of("").toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(FOLDER))) {
        return new PeerFiles(at.resolve(FOLDER));
      }
    }
    return new PeerFiles(start.resolve(FOLDER));
  }

  /**
   * Returns the path of a program.
   *
   * @throws IllegalStateException if it is missing; the message contains the command that installs
   *     it
   */
  Path require(String queue, String program) {
    List<Path> folders = new ArrayList<>();
    for (Path root : List.of(unpacked, Path.of("/"))) {
      PLACES.forEach(place -> folders.addAll(matching(root, place)));
    }
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    for (String folder : path.split(File.pathSeparator, -1)) {
      folders.add(Path.of(folder));
    }
    return folders.stream()
        .map(folder -> folder.resolve(program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    queue
                        + " is missing: "
                        + program
                        + " is neither in .peers nor installed; run .ci/setup --peers"));
  }

  /** Returns the environment in which unpacked programs find each other and their libraries. */
  Map<String, String> environment() {
    Path libraries = unpacked.resolve("usr/lib");
    List<String> folders = new ArrayList<>(List.of(libraries.toString()));
    matching(unpacked, "usr/lib/*-linux-gnu").forEach(folder -> folders.add(folder.toString()));
    return Map.of(
        "PATH",
        unpacked.resolve("usr/bin") + File.pathSeparator + System.getenv("PATH"),
        "LD_LIBRARY_PATH",
        String.join(File.pathSeparator, folders));
  }

  /** Returns the folders below a root; a name with a star matches any such folder. */
  private static List<Path> matching(Path root, String place) {
    List<Path> found = List.of(root);
    for (String name : place.split("/", -1)) {
      List<Path> next = new ArrayList<>();
      for (Path folder : found) {
        if (!Files.isDirectory(folder)) {
          continue;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, name)) {
          entries.forEach(next::add);
        } catch (IOException unreadable) {
          // A folder that cannot be read is treated as missing.
        }
      }
      found = next;
    }
    return found;
  }
}
