// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.layout.QueueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The roles whose rights a user has. */
class RoleFindingsTest {

  private static final QueueLayout LAYOUT =
      new QueueLayout("jetlane", "jetlane", false, 1, 1, QueueLayout.OWN_API);

  private static List<String> findings(
      UserRights rights, QueueLayout layout, Collection<String> partitions) {
    List<String> lines = new ArrayList<>();
    new RoleFindings(rights, layout, partitions)
        .report(
            (level, topic, evidence, advice) -> lines.add(level + " " + topic + ": " + evidence));
    return lines;
  }

  private static List<String> findings(List<String> allowed, String... partitions) {
    return findings(new UserRights("", allowed, List.of()), LAYOUT, List.of(partitions));
  }

  private static List<String> worker(String partition) {
    return List.of(
        "$JS.API.CONSUMER.MSG.NEXT.jetlane." + partition,
        "$JS.ACK.jetlane." + partition + ".>",
        "jetlane-dead." + partition + ".>",
        "jetlane." + partition);
  }

  @Test
  void aUserWithoutRestrictionsHasEveryRole() {
    UserRights all = new UserRights("A", List.of(), List.of());
    assertThat(findings(all, LAYOUT, List.of("p")))
        .containsExactly(
            "OK roles: this user of account A may publish to every subject, so it has every role");
    UserRights none = new UserRights("", List.of(), List.of("x"));
    assertThat(findings(none, LAYOUT, List.of("p")).get(0))
        .isEqualTo("OK role producer: this user has its rights for p");
  }

  @Test
  void eachRoleIsALineInOrder() {
    List<String> lines = findings(List.of("jetlane.p"), "p", "q");
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0))
        .isEqualTo("OK role producer: this user has its rights for p and lacks jetlane.q for q");
    assertThat(lines.get(1))
        .isEqualTo(
            "OK role worker: this user lacks $JS.API.CONSUMER.MSG.NEXT.jetlane.p,"
                + " $JS.ACK.jetlane.p.>, jetlane-dead.p.> for p");
    assertThat(lines.get(2))
        .matches("OK role administrator: this user lacks (\\S+, ){2}\\S+ and 9 more");
    assertThat(lines.get(3)).startsWith("OK role monitor: this user lacks $JS.API.STREAM.INFO.");
    assertThat(lines.get(4)).startsWith("OK role operator: this user lacks $JS.API.INFO, ");
  }

  @Test
  void aUserWithNoWholeRoleIsWarned() {
    List<String> lines = findings(List.of("other"), "p");
    assertThat(lines).hasSize(6);
    assertThat(lines.get(5)).isEqualTo("WARNING roles: this user has the full rights of no role");
    assertThat(findings(List.of("jetlane.p"), "p")).hasSize(5);
    assertThat(findings(worker("q"), "p", "q")).as("a role for the last partition").hasSize(5);
  }

  /** Up to three names, and then their number. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1|has its rights for p1",
        "3|has its rights for p1, p2, p3",
        "4|has its rights for all 4 partitions",
        "5|has its rights for all 5 partitions"
      })
  void manyPartitionsAreCounted(int count, String text) {
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = "p" + (i + 1);
    }
    assertThat(findings(List.of("jetlane.*"), names).get(0))
        .isEqualTo("OK role producer: this user " + text);
  }

  @Test
  void someOfManyPartitionsAreNamed() {
    List<String> four = List.of("jetlane.a", "jetlane.b", "jetlane.c", "jetlane.d");
    assertThat(findings(four, "a", "b", "c", "d", "e", "f").get(0))
        .isEqualTo(
            "OK role producer: this user has its rights for a, b, c and 1 more"
                + " and lacks jetlane.e for e");
  }

  /** A user who may not list the partitions: its rights name them. */
  @Test
  void theRightsNameThePartitions() {
    assertThat(
            findings(List.of("jetlane.b", "jetlane.a", "jetlane.a.@later.>", "jetlane.>")).get(0))
        .isEqualTo("OK role producer: this user has its rights for a, b");
    assertThat(findings(List.of("jetlane.*")).get(0)).endsWith("has its rights for *");
    assertThat(findings(worker("w")).get(1)).endsWith("has its rights for w");
    assertThat(findings(List.of("x")).get(0)).endsWith("this user lacks jetlane.* for *");
    List<String> streams = List.of("jetlane.1.p1", "$JS.API.CONSUMER.MSG.NEXT.jetlane-2.w");
    UserRights rights = new UserRights("", streams, List.of());
    assertThat(findings(rights, LAYOUT.withStreams(3), List.of()).get(0)).contains("p1");
    assertThat(findings(rights, LAYOUT.withStreams(3), List.of()).get(1)).contains("for p1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|''|0|0",
        "[]|''|0|0",
        "{\"data\":1}|''|0|0",
        "{\"data\":{\"account\":\"A\"}}|A|0|0",
        "{\"data\":{\"account\":1,\"permissions\":{}}}|''|0|0",
        "{\"data\":{\"permissions\":{\"publish\":{\"allow\":[\"a\"]}}}}|''|1|0",
        "{\"data\":{\"permissions\":{\"publish\":{\"deny\":[\"a\",\"b\"]}}}}|''|0|2",
        "{\"data\":{\"permissions\":{\"subscribe\":{\"allow\":[\"a\"]}}}}|''|0|0",
        "{\"data\":{\"permissions\":{\"publish\":{\"allow\":\"a\"}}}}|''|0|0"
      })
  void anAnswerMayHaveOnlySomeFields(String json, String account, int allowed, int denied)
      throws Exception {
    UserRights rights = UserRights.read(json.getBytes(StandardCharsets.UTF_8));
    assertThat(rights.account()).isEqualTo(account);
    assertThat(rights.allowed()).hasSize(allowed);
    assertThat(rights.denied()).hasSize(denied);
    assertThat(rights.unrestricted()).isEqualTo(allowed + denied == 0);
  }

  /** A denied subject wins, also where only a part of a wildcard is denied. */
  @ParameterizedTest
  @CsvSource({
    "a.b, a.c, a.b, true",
    "a.b, a.b, a.b, false",
    "a.>, a.*.c, a.b, true",
    "a.>, a.*.c, a.b.c, false",
    "a.>, a.*.c, a.b.*, false",
    "a.>, a.b.c, a.>, false",
    "a.*, x, a.>, false",
    "a.>, x, a.*, true",
    "a.>, x, a, false",
    "*, x, a.b, false",
    "*.b, x, a.b, true",
    "*.b, x, a.c, false",
    "a.b, x, a.*, false",
    "a.b, x, *.b, false",
    "a.*.c, a.b.>, a.b.c, false",
    "a.*.c, a.c.>, a.b.c, true"
  })
  void aSubjectIsPermittedAsInTheServer(
      String allowed, String denied, String subject, boolean permitted) {
    UserRights rights = new UserRights("", List.of(allowed), List.of(denied));
    assertThat(rights.mayPublish(subject)).isEqualTo(permitted);
  }
}
