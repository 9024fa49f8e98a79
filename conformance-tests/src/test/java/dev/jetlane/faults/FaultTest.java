// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.faults.FaultRun.Outcome;
import dev.jetlane.faults.FaultRun.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool that runs faults: the format of a fault, and the result. */
class FaultTest {

  private static final List<String> LINES =
      List.of(
          "# one too many",
          "file dev/A.java",
          "tests OneTest OtherTest#method",
          "<<<",
          "  return 1;",
          "===",
          "  return 2;",
          ">>>");

  @TempDir Path root;

  @Test
  void aFileIsReadAndAppliesWhereItsTextOccursOnce() {
    Fault fault = Fault.parse("one", LINES);
    assertThat(fault.effect()).isEqualTo("one too many");
    assertThat(fault.tests()).containsExactly("OneTest", "OtherTest#method");
    assertThat(fault.in("{\n  return 1;\n}\n")).isEqualTo("{\n  return 2;\n}\n");
    assertThatThrownBy(() -> fault.in("{\n  return 3;\n}\n")).hasMessageContaining("not there");
    assertThatThrownBy(() -> fault.in("  return 1;\n  return 1;\n"))
        .hasMessageContaining("more than once");
  }

  @Test
  void aFileThatLacksSomethingIsRefused() {
    assertThatThrownBy(() -> Fault.parse("one", LINES.subList(1, LINES.size())))
        .hasMessageContaining("lacks its effect");
    assertThatThrownBy(() -> Fault.parse("one", LINES.subList(0, LINES.size() - 1)))
        .hasMessageContaining("no line >>>");
  }

  @Test
  void aNoticedFaultIsKilledAndAnUnnoticedOneSurvives() throws Exception {
    for (String module : ChosenTests.MODULES) {
      Files.createDirectories(root.resolve(module).resolve("src/test/java/dev/jetlane/faults"));
      Files.createDirectories(root.resolve(module).resolve("src/main/java"));
    }
    Path tests = root.resolve("api/src/test/java/dev/jetlane/faults");
    Files.createFile(tests.resolve("FaultSubjectCheck.java"));
    String source = "FaultSubject.java";
    Files.copy(subject(), root.resolve("api/src/main/java").resolve(source));

    assertThat(run(source, "    return 1;", "    return 2;").outcome()).isEqualTo(Outcome.KILLED);
    assertThat(run(source, "    return 1;", "    return 3 - 2;").outcome())
        .isEqualTo(Outcome.SURVIVED);
    assertThat(run(source, "    return 1;", "    return one;").outcome()).isEqualTo(Outcome.BROKEN);
    assertThat(run(source, "    return 9;", "    return 1;").outcome()).isEqualTo(Outcome.BROKEN);
  }

  /** A fault that no longer applies, or without tests, proves nothing. */
  @Test
  void eachFaultOfTheRepositoryAppliesToTheSourceOfToday() throws Exception {
    FaultRun run = new FaultRun(repository(), "");
    List<String> wrong = new ArrayList<>();
    for (Fault fault : Faults.all(repository())) {
      try {
        String unused = run.broken(fault);
        for (String test : fault.tests()) {
          unused = ChosenTests.nameOf(test, repository());
        }
      } catch (IllegalArgumentException e) {
        wrong.add(fault.id() + " " + e.getMessage());
      }
    }
    for (String kind : List.of("chaos", "races")) {
      for (Fault fault : Faults.in(repository().resolve("conformance-tests/faults/" + kind))) {
        assertThat(run.broken(fault)).as(fault.id()).isNotEmpty();
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static Path repository() {
    return Path.of(System.getProperty("jetlane.root", ".."));
  }

  private static Path subject() {
    return repository()
        .resolve("conformance-tests/src/test/java/dev/jetlane/faults/FaultSubject.java");
  }

  private Result run(String source, String before, String after) throws Exception {
    Fault fault =
        new Fault(
            "subject",
            "another number",
            source,
            List.of("FaultSubjectCheck"),
            List.of(new Fault.Change(before + "\n", after + "\n")));
    return new FaultRun(root, System.getProperty("java.class.path")).of(fault);
  }
}
