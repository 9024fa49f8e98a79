// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StandingsTest {

  private static final Entry FETCH = PullRival.JNATS_FETCH.entry();
  private static final Entry SOCKET = PullRival.SOCKET.entry();
  private static final Entry CONSUME = PullRival.JNATS_CONSUME.entry();

  private final Standings standings = new Standings(contest());

  static Contest contest() {
    return Contest.of("Work", PullBenchmark.class, "pullAck", List.of(FETCH, SOCKET, CONSUME))
        .showing(Metric.THROUGHPUT, Metric.SERVER_CPU, Metric.EMPTY_PULLS);
  }

  /**
   * The machine is three times as fast in the second round; the ratio within each round stays near
   * two.
   */
  @BeforeEach
  void measure() {
    add(FETCH, 0, 100);
    add(SOCKET, 0, 200);
    add(SOCKET, 1, 660);
    add(FETCH, 1, 300);
    add(FETCH, 2, 100);
    add(SOCKET, 2, 190);
  }

  @Test
  void comparesWithinARound() {
    assertThat(standings.ratio(SOCKET)).contains(new Spread(2, 1.9, 2.2));
  }

  @Test
  void theRatioOfTheBaselineIsOne() {
    assertThat(standings.ratio(FETCH)).contains(new Spread(1, 1, 1));
  }

  @Test
  void aRoundWithoutTheBaselineGivesNoRatio() {
    add(SOCKET, 3, 1_000_000);

    assertThat(standings.ratio(SOCKET)).contains(new Spread(2, 1.9, 2.2));
    assertThat(standings.spread(SOCKET, Metric.THROUGHPUT))
        .contains(new Spread(430, 190, 1_000_000));
  }

  @Test
  void anUnmeasuredEntryHasNoNumbers() {
    assertThat(standings.ratio(CONSUME)).isEmpty();
    assertThat(standings.spread(CONSUME, Metric.THROUGHPUT)).isEmpty();
    assertThat(standings.spread(SOCKET, Metric.P50)).isEmpty();
    assertThat(standings.sum(CONSUME, Metric.EMPTY_PULLS)).isZero();
  }

  @Test
  void countsRoundsAndEmptyPulls() {
    standings.add(new Measurement("SOCKET", 3, Map.of(Metric.EMPTY_PULLS, 5.0)));
    standings.add(new Measurement("SOCKET", 4, Map.of(Metric.EMPTY_PULLS, 2.0)));

    assertThat(standings.rounds()).isEqualTo(5);
    assertThat(standings.sum(SOCKET, Metric.EMPTY_PULLS)).isEqualTo(7);
  }

  @Test
  void tableShowsRatiosSpreadAndFailures() {
    standings.fail(CONSUME, "the stream holds 3 tasks after the run");

    assertThat(Table.of(standings))
        .isEqualTo(
            """
            Work; median of 3 rounds

                                 tasks/s  x jnats fetch + ack    [min..max]  server us/task  empty pulls
            --------------------------------------------------------------------------------------------
            jnats fetch + ack        100                 1.00  [1.00..1.00]             8.2            0
            socket limit             200                 2.00  [1.90..2.20]             8.2            0
            jnats consume + ack   failed                    -             -               -            -
            FAILED JNATS_CONSUME: the stream holds 3 tasks after the run
            """);
  }

  @Test
  void tableShowsThreeDigitsOfASmallRatio() {
    add(CONSUME, 0, 5);

    assertThat(Table.of(standings)).contains("0.050  [0.050..0.050]");
  }

  private void add(Entry entry, int round, double tasksPerSecond) {
    standings.add(
        new Measurement(
            entry.name(),
            round,
            Map.of(
                Metric.THROUGHPUT,
                tasksPerSecond,
                Metric.SERVER_CPU,
                8.2,
                Metric.EMPTY_PULLS,
                0.0)));
  }
}
