// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One fault: a change of one source file that compiles and is wrong, and the tests that must fail
 * because of it.
 *
 * <p>Its file has a line with the effect of the fault, the source file, the tests, and each change
 * as the text before and after:
 *
 * <pre>
 * # A second close returns while the first one still gives back.
 * file pull/NatsPuller.java
 * tests OpenCloseTest#closeBesideClose InMemoryConformanceTest
 * &lt;&lt;&lt;
 *     lock.lock();
 * ===
 * &gt;&gt;&gt;
 * </pre>
 *
 * @param id the name of its file, without the ending
 * @param effect its effect on a user
 * @param file the end of the path of the source file
 * @param tests the classes, or methods as {@code Class#method}, of which one must fail
 */
record Fault(String id, String effect, String file, List<String> tests, List<Change> changes) {

  static final String ENDING = ".fault";

  /** A text that occurs once in the source file, lines or a part of one, and what replaces it. */
  record Change(String before, String after) {

    String in(String source) {
      int at = source.indexOf(before);
      if (before.isBlank() || at < 0 || source.indexOf(before, at + 1) >= 0) {
        String times = at < 0 ? "not there" : "there more than once";
        throw new IllegalArgumentException(
            "does not apply: this text is " + times + ":\n" + before);
      }
      return source.substring(0, at) + after + source.substring(at + before.length());
    }
  }

  static Fault read(Path path) throws IOException {
    String name = String.valueOf(path.getFileName());
    return parse(name.substring(0, name.length() - ENDING.length()), Files.readAllLines(path));
  }

  static Fault parse(String id, List<String> lines) {
    String effect = "";
    String file = "";
    List<String> tests = List.of();
    List<Change> changes = new ArrayList<>();
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      if (line.startsWith("# ")) {
        effect += (effect.isEmpty() ? "" : " ") + line.substring(2);
      } else if (line.startsWith("file ")) {
        file = line.substring("file ".length());
      } else if (line.startsWith("tests ")) {
        tests = List.of(line.substring("tests ".length()).split(" "));
      } else if (line.equals("<<<")) {
        int middle = indexOf("===", lines, at);
        int end = indexOf(">>>", lines, middle);
        changes.add(
            new Change(
                String.join("\n", lines.subList(at + 1, middle)),
                String.join("\n", lines.subList(middle + 1, end))));
        at = end;
      } else if (!line.isBlank()) {
        throw new IllegalArgumentException(id + ": unknown line: " + line);
      }
    }
    if (effect.isEmpty() || file.isEmpty() || tests.isEmpty() || changes.isEmpty()) {
      throw new IllegalArgumentException(id + " lacks its effect, its file, its tests or a change");
    }
    return new Fault(id, effect, file, tests, changes);
  }

  private static int indexOf(String mark, List<String> lines, int from) {
    for (int at = from; at < lines.size(); at++) {
      if (lines.get(at).equals(mark)) {
        return at;
      }
    }
    throw new IllegalArgumentException("no line " + mark + " follows line " + (from + 1));
  }

  /** The source with this fault. */
  String in(String source) {
    String broken = source;
    for (Change change : changes) {
      broken = change.in(broken);
    }
    return broken;
  }
}
