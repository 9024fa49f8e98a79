package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StandingsTest {

  private final Standings standings =
      new Standings(
          new Contest(
              "Work",
              PullAckBenchmark.class,
              List.of(PullRival.JNATS_FETCH, PullRival.SOCKET, PullRival.JNATS_CONSUME),
              PullRival.JNATS_FETCH,
              Map.of()));

  /**
   * The machine is three times as fast in the second round; the ratio within a round stays near
   * two.
   */
  @BeforeEach
  void measure() {
    add(PullRival.JNATS_FETCH, 0, 100);
    add(PullRival.SOCKET, 0, 200);
    add(PullRival.SOCKET, 1, 660);
    add(PullRival.JNATS_FETCH, 1, 300);
    add(PullRival.JNATS_FETCH, 2, 100);
    add(PullRival.SOCKET, 2, 190);
  }

  @Test
  void comparesWithinARound() {
    assertThat(standings.ratio(PullRival.SOCKET)).contains(new Spread(2, 1.9, 2.2));
  }

  @Test
  void theBaselineIsOneTimesItself() {
    assertThat(standings.ratio(PullRival.JNATS_FETCH)).contains(new Spread(1, 1, 1));
  }

  @Test
  void aRoundWithoutTheBaselineGivesNoRatio() {
    add(PullRival.SOCKET, 3, 1_000_000);

    assertThat(standings.ratio(PullRival.SOCKET)).contains(new Spread(2, 1.9, 2.2));
    assertThat(standings.throughput(PullRival.SOCKET)).contains(new Spread(430, 190, 1_000_000));
  }

  @Test
  void whoWasNotMeasuredHasNoNumbers() {
    assertThat(standings.throughput(PullRival.JNATS_CONSUME)).isEmpty();
    assertThat(standings.ratio(PullRival.JNATS_CONSUME)).isEmpty();
    assertThat(standings.allocation(PullRival.JNATS_CONSUME)).isEmpty();
    assertThat(standings.emptyPulls(PullRival.JNATS_CONSUME)).isZero();
  }

  @Test
  void countsRoundsAndEmptyPulls() {
    standings.add(new Measurement("SOCKET", 3, 1, 0, 5));
    standings.add(new Measurement("SOCKET", 4, 1, 0, 2));

    assertThat(standings.rounds()).isEqualTo(5);
    assertThat(standings.emptyPulls(PullRival.SOCKET)).isEqualTo(7);
  }

  @Test
  void tableShowsRatiosSpreadAndFailures() {
    standings.fail(PullRival.JNATS_CONSUME, "the stream holds 3 tasks after the run");

    assertThat(Table.of(standings))
        .isEqualTo(
            """
            Work; median of 3 rounds

                                 tasks/s  x jnats fetch + ack    [min..max]  B/task  empty pulls
            ------------------------------------------------------------------------------------
            jnats fetch + ack        100                 1.00  [1.00..1.00]      12            0
            socket limit             200                 2.00  [1.90..2.20]      12            0
            jnats consume + ack   failed                    -             -       -            0
            FAILED JNATS_CONSUME: the stream holds 3 tasks after the run
            """);
  }

  @Test
  void tableShowsThreeDigitsOfASmallRatio() {
    add(PullRival.JNATS_CONSUME, 0, 5);

    assertThat(Table.of(standings)).contains("0.050  [0.050..0.050]");
  }

  @Test
  void jsonHoldsEveryMeasurement() {
    standings.fail(PullRival.JNATS_CONSUME, "said \"no\"\n");

    assertThat(Json.of(Map.of("JVM", "17"), List.of(standings)))
        .contains("\"surroundings\": {\"JVM\": \"17\"}")
        .contains("\"failures\": {\"JNATS_CONSUME\": \"said \\\"no\\\"\\u000a\"}")
        .contains(
            "{\"rival\": \"SOCKET\", \"round\": 1, \"tasksPerSecond\": 660.0,"
                + " \"bytesPerTask\": 12.0, \"emptyPulls\": 0}");
  }

  private void add(PullRival rival, int round, double tasksPerSecond) {
    standings.add(new Measurement(rival.name(), round, tasksPerSecond, 12, 0));
  }
}
