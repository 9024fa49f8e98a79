// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The servers of a stream. */
class PlacementTest {

  private static String replica(String text) {
    String[] parts = text.split(":", -1);
    boolean offline = parts[1].equals("offline");
    boolean current = parts[1].equals("current");
    return "{\"name\":\"%s\",\"current\":%b,\"offline\":%b,\"active\":1}"
        .formatted(parts[0], current || parts[1].equals("offline"), offline);
  }

  private static StreamInfo stream(int replicas, String cluster, String leader, String others)
      throws Exception {
    List<String> all = new ArrayList<>();
    for (String each : others.isEmpty() ? new String[0] : others.split(" ", -1)) {
      all.add(replica(each));
    }
    String placed =
        cluster.isEmpty()
            ? ""
            : ",\"cluster\":{\"name\":\"%s\"%s,\"replicas\":[%s]}"
                .formatted(
                    cluster,
                    leader.isEmpty() ? "" : ",\"leader\":\"" + leader + "\"",
                    String.join(",", all));
    return new StreamInfo(
        JsonParser.parse(
            "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"s\",\"num_replicas\":%d}%s}"
                .formatted(replicas, placed)));
  }

  /** A server that is offline may be the last one that was up to date. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1|''|''|''||OK|1 replica",
        "1|c|n1|''|c|WARNING|1 replica on n1 in cluster c",
        "1|c|n1|''|d|WARNING|1 replica on n1 in cluster c, but this client is connected to d",
        "1|c|n1|''||OK|1 replica on n1 in cluster c",
        "2|c|n1|n0:current|c|WARNING|2 replicas on n1 (leader), n0",
        "2|''|''|''||WARNING|2 replicas",
        "3|c|n1|n2:current n0:current|c|OK|3 replicas on n1 (leader), n0, n2 in cluster c",
        "3|c|n1|n2:current n0:current|d|WARNING|"
            + "3 replicas on n1 (leader), n0, n2 in cluster c, but this client is connected to d",
        "3|c|''|n2:current n0:current|c|OK|3 replicas on n0, n2 in cluster c",
        "3|c|n1|n2:behind n0:current|c|PROBLEM|"
            + "3 replicas on n1 (leader), n0, n2, not up to date: [n2]",
        "3|c|n1|n2:offline n0:behind|d|PROBLEM|"
            + "3 replicas on n1 (leader), n0, n2, not up to date: [n2, n0]",
        "5|c|n1|n2:current|c|OK|5 replicas on n1 (leader), n2 in cluster c"
      })
  void eachPlacementIsOneLine(
      int replicas,
      String cluster,
      String leader,
      String others,
      @Nullable String connected,
      String level,
      String evidence)
      throws Exception {
    List<String> lines = new ArrayList<>();
    new Placement(stream(replicas, cluster, leader, others))
        .report(
            connected,
            (found, topic, seen, advice) -> {
              assertThat(advice.isEmpty()).isEqualTo(found == Examination.Level.OK);
              lines.add(topic + ": " + found + " " + seen);
            });
    assertThat(lines).containsExactly("stream s: " + level + " " + evidence);
  }
}
