// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.QueueLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The roles that the doctor knows are the accounts of {@code docs/permissions.conf}. */
class RoleTest {

  private static final QueueLayout LAYOUT =
      new QueueLayout("jetlane", "jetlane", false, 1, 1, QueueLayout.OWN_API);

  /** Permissions that the file calls optional. */
  private static final List<String> OPTIONAL =
      List.of("$JS.API.STREAM.NAMES", "$JS.API.STREAM.DELETE.jetlane", "$SYS.REQ.USER.INFO");

  private static List<String> publishes(Role role) throws IOException {
    Path docs = Path.of(System.getProperty("jetlane.root", ".."), "nats-adapter", "docs");
    String account = role.toString().toLowerCase(Locale.ROOT);
    Matcher found =
        Pattern.compile("user: " + account + ",.*?publish: \\[(.*?)]", Pattern.DOTALL)
            .matcher(Files.readString(docs.resolve("permissions.conf")));
    assertThat(found.find()).as(account).isTrue();
    List<String> subjects = new ArrayList<>();
    Pattern.compile("\"(.+?)\"")
        .matcher(found.group(1))
        .results()
        .forEach(each -> subjects.add(each.group(1)));
    return subjects;
  }

  private static UserRights rights(List<String> allowed, String... denied) {
    return new UserRights("A", allowed, List.of(denied));
  }

  @ParameterizedTest
  @EnumSource
  void anAccountHasTheRightsOfItsRoleAndNoOthers(Role role) throws Exception {
    List<String> published = publishes(role);
    List<String> needed = role.subjects(LAYOUT, "gpu");
    assertThat(needed).allMatch(rights(published)::mayPublish).doesNotHaveDuplicates();
    published.removeAll(OPTIONAL);
    assertThat(published)
        .allMatch(right -> needed.stream().anyMatch(rights(List.of(right))::mayPublish));
  }

  @Test
  void severalStreamsAndPrioritiesEachNeedTheirOwn() {
    QueueLayout many = LAYOUT.withStreams(3);
    assertThat(Role.MONITOR.subjects(many, "*"))
        .contains("$JS.API.STREAM.INFO.jetlane-2", "$JS.API.CONSUMER.INFO.jetlane-1.*");
    QueueLayout priorities =
        new QueueLayout("jetlane", "jetlane", false, 1, 2, QueueLayout.OWN_API);
    assertThat(Role.WORKER.subjects(priorities, "gpu"))
        .contains("$JS.API.CONSUMER.MSG.NEXT.jetlane.gpu@1", "$JS.ACK.jetlane.gpu@1.>")
        .contains("jetlane.gpu", "jetlane.gpu.@priority.1");
    assertThat(Role.OPERATOR.subjects(priorities, "*")).contains("jetlane.*.@priority.1");
  }

  /** A role of all partitions needs the same rights for each stream. */
  @ParameterizedTest
  @EnumSource(names = {"ADMINISTRATOR", "MONITOR", "OPERATOR"})
  void eachStreamNeedsTheSameRights(Role role) {
    QueueLayout many = new QueueLayout("S", "P", false, 3, 2, QueueLayout.OWN_API);
    List<String> needed = role.subjects(many, "*");
    assertThat(needed).doesNotHaveDuplicates();
    List<List<String>> rights = new ArrayList<>();
    for (int index = 0; index < 3; index++) {
      String stream = Pattern.quote(many.streamName(index)) + "(?=\\.|$)";
      String prefix = Pattern.quote(many.prefix(index));
      rights.add(
          needed.stream()
              .map(
                  each ->
                      each.replaceAll("(?<=\\.)" + stream, "<>").replaceAll("^" + prefix, "<>."))
              .filter(each -> each.contains("<>"))
              .toList());
    }
    assertThat(rights.get(0)).isNotEmpty();
    assertThat(rights.get(1)).isEqualTo(rights.get(0));
    assertThat(rights.get(2)).isEqualTo(rights.get(0));
  }

  @ParameterizedTest
  @EnumSource
  void requestsUseThePrefixOfTheQueue(Role role) {
    QueueLayout other = new QueueLayout("S", "P", false, 2, 2, "X.");
    assertThat(role.subjects(other, "p")).noneMatch(each -> each.startsWith("$JS.API."));
    assertThat(role.subjects(other, "p"))
        .hasSameSizeAs(
            role.subjects(new QueueLayout("S", "P", false, 2, 2, QueueLayout.OWN_API), "p"));
  }

  @Test
  void permissionsAreComparedAsInTheServer() {
    assertThat(rights(List.of("a.*", "b.>")))
        .matches(user -> user.mayPublish("a.x"))
        .matches(user -> user.mayPublish("a.*"))
        .matches(user -> user.mayPublish("b.x.y"))
        .matches(user -> user.mayPublish("b.*.>"))
        .matches(user -> !user.mayPublish("a.>"))
        .matches(user -> !user.mayPublish("a.x.y"))
        .matches(user -> !user.mayPublish("a"))
        .matches(user -> !user.mayPublish("b"));
    assertThat(rights(List.of(), "a.x"))
        .matches(user -> user.mayPublish("a.y"))
        .matches(user -> !user.mayPublish("a.*"))
        .matches(user -> !user.mayPublish(">"));
    assertThat(rights(List.of("*"), "a.>")).matches(user -> user.mayPublish("a"));
  }

  @Test
  void theServersAnswerIsParsed() throws Exception {
    String answer =
        "{\"server\":{\"name\":\"n\"},\"data\":{\"user\":\"joe\",\"account\":\"A\",\"permissions\":"
            + "{\"publish\":{\"allow\":[\"a\",\"b\"],\"deny\":[\"c\"]},\"subscribe\":{}}}}";
    assertThat(UserRights.read(answer.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(rights(List.of("a", "b"), "c"));
    assertThat(UserRights.read("{\"data\":{}}".getBytes(StandardCharsets.UTF_8)))
        .matches(UserRights::unrestricted);
  }
}
