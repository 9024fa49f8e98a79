// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.nats.testing.NotRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program for Node with its packages, in {@code target}. Without Node its tests are skipped with
 * a message; with {@code CI=true} they fail.
 */
final class NodeProject {

  static final Path ROOT =
      Path.of(System.getProperty("jetlane.root", "..")).toAbsolutePath().normalize();

  private final Path folder;

  private NodeProject(Path folder) {
    this.folder = folder;
  }

  /**
   * Installs a project.
   *
   * @param name its folder in {@code src/test/javascript}
   * @param files the files of that folder
   */
  static NodeProject install(String name, String... files) throws Exception {
    boolean there = isThere("node") && isThere("npm");
    if (!there) {
      NotRun.report("the tests of " + name + " need node and npm on the PATH");
    }
    assumeTrue(there, "node and npm are not on the PATH");
    Path sources = ROOT.resolve("nats-adapter/src/test/javascript").resolve(name);
    NodeProject project =
        new NodeProject(ROOT.resolve("nats-adapter/target/javascript").resolve(name));
    Files.createDirectories(project.folder);
    for (String file : files) {
      Files.copy(
          sources.resolve(file), project.folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(project.folder.resolve("node_modules/.package-lock.json"))) {
      project.run("npm", "install", "--no-audit", "--no-fund", "--silent", "--ignore-scripts");
    }
    return project;
  }

  private static boolean isThere(String command) {
    try {
      Process process = new ProcessBuilder(command, "--version").start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Writes a file of the project. */
  void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  /** Runs a command that has to succeed, and returns the lines that it printed. */
  List<String> run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    int code = code(output, command);
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    assertThat(code).as(String.join("\n", lines)).isZero();
    return lines;
  }

  private int code(Path output, String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(240, TimeUnit.SECONDS);
    process.destroyForcibly();
    return ended ? process.exitValue() : -1;
  }
}
