// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Documents, Javadoc, comments and messages use plain technical English: the words below are not
 * used, and each has a replacement. The style guide is in CONTRIBUTING.md.
 */
class VocabularyTest {

  private static final Map<Pattern, String> WORDS = words();

  /** A heading is a noun: no question, no riddle. */
  private static final Pattern HEADING =
      Pattern.compile(
          "(?m)^#+ (?:(?:what|who|why|how|where|when|is|does|leave)\\b.*|.*\\?)$",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\n]*`");

  @Test
  void documentsUsePlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".md")) {
      String text = withoutCode(Files.readString(file));
      found.addAll(findings(Repository.path(file), text));
      HEADING
          .matcher(text)
          .results()
          .map(hit -> at(Repository.path(file), text, hit) + ": write a noun")
          .forEach(found::add);
    }
    assertThat(found).isEmpty();
  }

  @Test
  void configurationUsesPlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (String suffix : List.of(".yml", ".yaml", ".conf", "pom.xml")) {
      for (Path file : Repository.files(suffix)) {
        found.addAll(findings(Repository.path(file), Files.readString(file)));
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void scriptsUsePlainWords() throws IOException {
    List<Path> scripts = new ArrayList<>(Repository.files(".sh"));
    try (Stream<Path> folder = Files.list(Repository.ROOT.resolve(".ci"))) {
      folder.forEach(scripts::add);
    }
    List<String> found = new ArrayList<>();
    for (Path file : scripts) {
      found.addAll(findings(Repository.path(file), Files.readString(file)));
    }
    assertThat(found).isEmpty();
  }

  @Test
  void sourcesUsePlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.files(".java")) {
      String path = Repository.path(file);
      if (!path.endsWith("/VocabularyTest.java")) {
        found.addAll(findings(path, Files.readString(file)));
      }
    }
    assertThat(found).isEmpty();
  }

  /** A check that finds nothing proves nothing. */
  @Test
  void findsAWordAcrossLinesAndItsPlace() {
    assertThat(findings("A.java", "/**\n * The lease is kept for\n * ever.\n */"))
        .containsExactly("A.java:2: \"for ever\": write forever, or indefinitely");
    assertThat(findings("A.java", "throw new Error(\"gave up at \" + \"once\");")).hasSize(1);
    assertThat(findings("A.md", "Nobody knows whoever is told what is due.")).hasSize(4);
    assertThat(findings("A.md", "Each worker knows the expired leases.")).isEmpty();
    assertThat(HEADING.matcher("## Is it well?").find()).isTrue();
    assertThat(HEADING.matcher("## Health").find()).isFalse();
  }

  private static Map<Pattern, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put(
        "(?:no|some|any|every)body(?:'s)?", "the party: no worker, another client, each test");
    words.put("who(?:so)?ever", "the party: a caller that, the client that");
    words.put("whom|those who", "the party");
    words.put("at once", "immediately, or at the same time");
    words.put("for ever", "forever, or indefinitely");
    words.put("for good", "permanently");
    words.put("(?:is|are|be|was|were|been|being|not) told", "receives, is notified, is reported");
    words.put(
        "what (?:is|was|are|were|came|comes|has|had|ran|runs|waits|lies|lay|fails|failed|goes|went)",
        "the noun: expired leases, buffered tasks");
    words.put("by itself", "automatically, or alone");
    words.put("so many|so long after", "the number: n tasks");
    words.put("bur(?:y|ies|ied)", "dead-letter");
    words.put("(?:goes|go|went|gone) well", "succeeds");
    words.put("all the same|as ever", "anyway, or nothing");
    words.put("but for", "except for");
    words.put("on its way|under way", "in flight, or pending");
    words.put("sees? to it", "ensures");
    words.put("lived? with", "accepted");
    words.put("has a say", "can change");
    words.put("again and again", "repeatedly");
    words.put("behind the back", "outside the control");
    words.put("hears? of", "receives");
    words.put("in vain", "without success, or nothing");
    words.put("is not there", "does not exist, or is missing");
    words.put("on the way", "in flight, or lost");
    words.put("what there is", "the noun: the available tasks");
    words.put("without a word", "silently");
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    words.forEach(
        (word, instead) ->
            patterns.put(
                Pattern.compile(
                    "\\b(?:" + word.replace(" ", "[\\s*/+\"]+") + ")\\b", Pattern.CASE_INSENSITIVE),
                instead));
    return patterns;
  }

  private static List<String> findings(String path, String text) {
    List<String> found = new ArrayList<>();
    WORDS.forEach(
        (word, instead) ->
            word.matcher(text)
                .results()
                .map(hit -> at(path, text, hit) + ": write " + instead)
                .forEach(found::add));
    return found;
  }

  private static String at(String path, String text, MatchResult hit) {
    long line = text.substring(0, hit.start()).lines().count();
    boolean startsALine = hit.start() == 0 || text.charAt(hit.start() - 1) == '\n';
    return path
        + ":"
        + (startsALine ? line + 1 : line)
        + ": \""
        + hit.group().replaceAll("[\\s*/+\"]+", " ").strip()
        + "\"";
  }

  /** Removes code and keeps its lines: names are not prose. */
  private static String withoutCode(String document) {
    return CODE.matcher(document).replaceAll(code -> code.group().replaceAll("[^\n]", "."));
  }
}
