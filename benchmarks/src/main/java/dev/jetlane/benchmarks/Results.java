// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.support.JsonParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/**
 * A folder of results: the measurements of each section, in our format and in JMH's, and one table
 * and one page for all sections in the folder. Sections can be run at different times, and an
 * interrupted run loses no written results.
 */
final class Results {

  private static final String JMH = ".jmh.json";
  private static final String JSON = ".json";

  private final Path folder;

  Results(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
  }

  Path page() {
    return folder.resolve("index.html");
  }

  Path table() {
    return folder.resolve("report.txt");
  }

  /** Replaces the results of a section, and generates the table and the page again. */
  void write(Report report) throws IOException {
    Files.writeString(folder.resolve(report.section() + JSON), Json.of(report));
    Files.writeString(folder.resolve(report.section() + JMH), jmh(report));
    List<Report> all = read();
    StringBuilder text = new StringBuilder();
    all.forEach(each -> text.append(each.text()).append('\n'));
    Files.writeString(table(), text);
    Files.writeString(page(), Page.of(all));
  }

  /** Returns all sections in the folder, in the order of {@link Section}. */
  List<Report> read() throws IOException {
    List<Report> all = new ArrayList<>();
    for (String section : sections()) {
      Path file = folder.resolve(section + JSON);
      if (Files.exists(file)) {
        try {
          all.add(Json.read(Files.readString(file)));
        } catch (JsonParseException | IllegalArgumentException e) {
          throw new IOException(file + " is not a report: " + e.getMessage(), e);
        }
      }
    }
    return all;
  }

  private static List<String> sections() {
    return Stream.concat(Stream.of(Tour.SECTION), Stream.of(Section.values()).map(Section::label))
        .toList();
  }

  /** Returns the results in JMH's own format, for other tools. */
  private static String jmh(Report report) {
    List<RunResult> runs = new ArrayList<>();
    report.standings().forEach(standings -> runs.addAll(standings.runs()));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(runs);
    }
    // The path of the JVM is private to the machine.
    return bytes.toString(StandardCharsets.UTF_8).replaceAll("(\"jvm\" : \").*(\",)", "$1java$2");
  }
}
