// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The temporary folder of one server: its store, its log, its configuration and its ports file. */
record ServerFolder(Path path) {
  private static final int TAIL_LINES = 30;

  static ServerFolder create(String configText) {
    try {
      ServerFolder folder = new ServerFolder(Files.createTempDirectory("jetlane-nats-"));
      Files.createDirectory(folder.ports());
      folder.writeConfig(configText);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void writeConfig(String text) {
    try {
      Files.writeString(configFile(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path store() {
    return path.resolve("store");
  }

  Path log() {
    return path.resolve("server.log");
  }

  Path configFile() {
    return path.resolve("server.conf");
  }

  Path ports() {
    return path.resolve("ports");
  }

  /**
   * Removes the files of an earlier run: its ports file would make the next run look ready, its log
   * would explain another failure, and its process id may belong to another process.
   */
  void prepareLaunch() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(ports())) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(log());
    Files.deleteIfExists(path.resolve("pid"));
  }

  /** Null until the server has written the file. */
  @Nullable ServerPorts readPorts() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(ports(), "*.ports")) {
      for (Path file : files) {
        return ServerPorts.parse(Files.readString(file));
      }
    }
    return null;
  }

  String logTail() {
    try {
      // Latin-1 reads any byte, so a log that is cut inside a character cannot hide the failure.
      List<String> lines = Files.readAllLines(log(), StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e + ")";
    }
  }

  void delete() {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }
}
