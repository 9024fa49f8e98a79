// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The glossary of the package {@code dev.jetlane} and the page of words are the same table. */
class WordsTest {

  private static final Path PAGE = Repository.ROOT.resolve("nats-adapter/docs/words.md");
  private static final Path PACKAGE =
      Repository.ROOT.resolve("api/src/main/java/dev/jetlane/package-info.java");
  private static final Pattern CELL = Pattern.compile("<t[hd]>(.*?)</t[hd]>");

  @Test
  void theGlossaryOfThePackageIsThePageOfWordsWithoutTheMeanings() throws IOException {
    List<List<String>> glossary = new ArrayList<>();
    for (String line : Files.readAllLines(PACKAGE)) {
      List<String> cells = CELL.matcher(line).results().map(WordsTest::text).toList();
      if (!cells.isEmpty()) {
        glossary.add(cells);
      }
    }
    List<List<String>> page = new ArrayList<>();
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("| ") && !line.startsWith("| ---")) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.substring(1, line.length() - 1).split("\\|", -1)) {
          cells.add(cell.strip());
        }
        cells.remove(1);
        page.add(cells);
      }
    }
    assertThat(page).hasSizeGreaterThan(10);
    assertThat(glossary).isEqualTo(page);
  }

  private static String text(MatchResult cell) {
    return cell.group(1);
  }
}
