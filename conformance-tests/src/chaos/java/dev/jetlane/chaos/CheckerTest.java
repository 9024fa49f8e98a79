// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import static dev.jetlane.chaos.Event.Outcome.ALREADY;
import static dev.jetlane.chaos.Event.Outcome.DUPLICATE;
import static dev.jetlane.chaos.Event.Outcome.FAILED;
import static dev.jetlane.chaos.Event.Outcome.LATE;
import static dev.jetlane.chaos.Event.Outcome.NONE;
import static dev.jetlane.chaos.Event.Outcome.OK;
import static dev.jetlane.chaos.Event.Outcome.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories with a planted violation; the checker must find each. */
class CheckerTest {

  private static final long SECOND = 1_000_000;
  private static final long LEASE = 5 * SECOND;

  private final List<Event> events = new ArrayList<>();

  @Test
  void aTaskThatIsPushedAndDoneIsCorrect() {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    pushed("b", 0, UNKNOWN);
    pushed("b", 1, DUPLICATE);
    got("b", 2, 1);
    acked("b", 8, 2, OK);

    TotalQueue total = TotalQueue.check(run());
    assertThat(total).isEqualTo(new TotalQueue(2, 2, List.of(), List.of(), 0, 0, 3));
    assertThat(total.valid()).isTrue();
    assertThat(violations()).isEmpty();
  }

  @Test
  void aConfirmedTaskThatIsNeverDoneIsLost() {
    pushed("a", 0, OK);
    assertThat(TotalQueue.check(run()).lost()).containsExactly("a");
    assertThat(TotalQueue.check(run()).valid()).isFalse();
  }

  @Test
  void aTaskThatVanishedWithItsWorkerIsLost() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    assertThat(TotalQueue.check(run()).lost()).containsExactly("a");
  }

  @Test
  void aTaskWhoseRemovalFailedIsLostUnlessItIsRedelivered() {
    pushed("a", 0, OK);
    acked("a", 1, 1, FAILED);
    pushed("b", 0, OK);
    acked("b", 1, 1, ALREADY);
    assertThat(TotalQueue.check(run()).lost()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aTaskWhoseRemovalMayHaveHappenedIsNotLost() {
    pushed("a", 0, OK);
    acked("a", 1, 1, UNKNOWN);
    pushed("b", 0, OK);
    got("b", 1, 1);
    add(2, Event.Kind.ACK, "b", 1, 2, NONE); // and the worker died
    assertThat(TotalQueue.check(run()).valid()).isTrue();
  }

  @Test
  void anUnconfirmedPushMayOrMayNotBeDone() {
    pushed("a", 0, UNKNOWN);
    acked("a", 1, 1, OK);
    pushed("b", 0, FAILED);
    TotalQueue total = TotalQueue.check(run());
    assertThat(total.valid()).isTrue();
    assertThat(total.recovered()).isEqualTo(1);
    assertThat(total.confirmed()).isZero();
  }

  @Test
  void aTaskThatWasNeverPushedIsUnexpected() {
    acked("a", 1, 1, OK);
    assertThat(TotalQueue.check(run()).unexpected()).containsExactly("a");
  }

  @Test
  void anotherPayloadOrPartitionIsUnexpected() {
    pushed("a", 0, OK);
    add(1, Event.Kind.GOT, "a", 1, 1, FAILED);
    assertThat(TotalQueue.check(run()).unexpected()).containsExactly("a");
  }

  @Test
  void aTaskThatWasDoneTwiceIsCounted() {
    pushed("a", 0, OK);
    acked("a", 1, 1, LATE);
    acked("a", 7, 2, OK);
    assertThat(TotalQueue.check(run()).duplicated()).isEqualTo(1);
  }

  @Test
  void aDeliveryAfterAConfirmedAckNeedsAnExplanation() {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    got("a", 10, 2);
    assertThat(violations()).singleElement().asString().startsWith("I4 a");
  }

  @Test
  void aKillLongAfterTheAckExplainsNothing() {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    killed(12, 13);
    got("a", 14, 1);
    assertThat(violations()).singleElement().asString().startsWith("I4 a");
  }

  @Test
  void aKillSoonAfterTheAckMayHaveForgottenIt() {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    killed(2, 3);
    got("a", 4, 1);
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckForgotten).isEqualTo(1);
    assertThat(invariants.forgottenAtMostMicros).isEqualTo(SECOND);
  }

  @Test
  void aPushRepeatedAcrossARestartMayBeStoredAgain() {
    add(0, Event.Kind.PUSH, "a", 0, 0, NONE);
    acked("a", 1, 1, OK);
    killed(8, 9);
    add(10, Event.Kind.PUSHED, "a", 0, 0, OK);
    got("a", 20, 1);
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckStoredAgain).isEqualTo(1);
  }

  @Test
  void aDeliveryInFlightAtALateAckIsNoFault() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    add(7, Event.Kind.ACK, "a", 1, 7 * SECOND, NONE);
    add(7, Event.Kind.ACKED, "a", 1, 7 * SECOND, LATE);
    add(8, Event.Kind.GOT, "a", 2, 6 * SECOND, OK);
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckRaced).isEqualTo(1);
  }

  @Test
  void aForgottenDeliveryMayBeBufferedWhenAnotherOneIsAcked() {
    pushed("a", 0, OK);
    killed(2, 3);
    acked("a", 4, 1, OK);
    add(5, Event.Kind.GOT, "a", 1, SECOND, OK); // sent at 1 s, handed out now
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckRaced).isEqualTo(1);
  }

  @Test
  void aDeliveryMayWaitInAPullWhileTheNextOneIsAcked() {
    pushed("a", 0, OK);
    acked("a", 8, 2, OK);
    add(9, Event.Kind.GOT, "a", 1, SECOND, OK); // its pull began at 1 s and ends now
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckRaced).isEqualTo(1);
  }

  @Test
  void anEarlierAttemptWithinALeaseOfTheAckIsNotExplained() {
    pushed("a", 0, OK);
    acked("a", 8, 2, OK);
    add(9, Event.Kind.GOT, "a", 1, 7 * SECOND, OK);
    assertThat(violations()).anyMatch(violation -> violation.startsWith("I4 a"));
  }

  @Test
  void aLeaseThatEndsEarlyIsFound() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    acked("a", 3, 2, OK);
    assertThat(violations()).singleElement().asString().startsWith("I5 a");
  }

  @Test
  void aTaskThatNoWorkerReceivedMayBeRedeliveredEarly() {
    pushed("a", 0, OK);
    got("a", 1, 2); // no worker received the first attempt
    acked("a", 3, 3, OK);
    assertThat(violations()).isEmpty();
  }

  @Test
  void aTaskThatWasGivenBackIsRedeliveredEarly() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    add(2, Event.Kind.NAK, "a", 1, 2, NONE);
    acked("a", 3, 2, OK);
    assertThat(violations()).isEmpty();
  }

  @Test
  void aNakAfterTheLeaseTakesNothingFromTheNextHolder() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    got("a", 7, 2);
    add(8, Event.Kind.NAK, "a", 1, 8, NONE);
    acked("a", 9, 3, OK);
    assertThat(violations()).singleElement().asString().startsWith("I5 a");
  }

  @Test
  void aNakWithinTheLeaseMayArriveLate() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    add(5, Event.Kind.NAK, "a", 1, 5, NONE);
    got("a", 7, 2);
    acked("a", 9, 3, OK);
    assertThat(violations()).isEmpty();
  }

  @Test
  void anAttemptThatARestartCountsAgainMayBeGivenBack() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    killed(2, 3);
    got("a", 20, 1);
    add(21, Event.Kind.NAK, "a", 1, 21, NONE);
    got("a", 22, 2);
    assertThat(violations()).isEmpty();
  }

  @Test
  void aLateAckThatIsReportedAsInTimeIsFound() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    add(7, Event.Kind.ACKED, "a", 1, 7 * SECOND, OK);
    pushed("b", 0, OK);
    got("b", 1, 1);
    add(7, Event.Kind.ACKED, "b", 1, 7 * SECOND, LATE);
    pushed("c", 0, OK);
    got("c", 1, 1);
    add(5, Event.Kind.KEPT, "c", 1, 5 * SECOND, NONE);
    add(7, Event.Kind.ACKED, "c", 1, 7 * SECOND, OK);
    assertThat(violations()).singleElement().asString().startsWith("I11 a");
  }

  @Test
  void aDelayedTaskThatIsDeliveredEarlyIsFound() {
    pushed("a.later", 0, OK);
    acked("a.later", 2, 1, OK);
    pushed("b.later", 0, OK);
    acked("b.later", 3, 1, OK);
    assertThat(violations()).singleElement().asString().startsWith("I10 a.later");
  }

  @Test
  void aDelayedTaskMayBeMovedTwiceOverARestart() {
    pushed("a.later", 0, OK);
    acked("a.later", 4, 1, OK);
    killed(5, 6);
    got("a.later", 40, 1);
    Invariants invariants = invariants();
    assertThat(invariants.violations).isEmpty();
    assertThat(invariants.afterAckStoredAgain).isEqualTo(1);
  }

  @Test
  void aRestartMayEndALeaseEarly() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    killed(2, 3);
    acked("a", 4, 2, OK);
    assertThat(violations()).isEmpty();
  }

  @Test
  void anAttemptThatIsCountedTwiceIsFound() {
    pushed("a", 0, OK);
    got("a", 1, 1);
    acked("a", 8, 1, OK);
    assertThat(violations()).singleElement().asString().startsWith("I6 a");
  }

  @Test
  void aFailedRunReportsTheRemainingTasksAndItsFolder(@TempDir Path folder) throws Exception {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    Path store = Files.createDirectory(folder.resolve("original"));
    Files.writeString(store.resolve("block"), "x");
    Path results = Files.createDirectory(folder.resolve("results"));
    Report report = new Report("planted", settings(), "0");
    report.judge(run(), new Remains(1, 0, 0, List.of()));
    assertThat(report.isGreen()).isFalse();
    assertThatThrownBy(() -> report.finish(results, List.of(store)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("left in the queue")
        .hasMessageContaining(results.toString());
    assertThat(results.resolve("store-0/block")).hasContent("x");
    assertThat(results.resolve("report.md")).content().contains("| lost | 0 |");
  }

  @Test
  void remainingTasksOfTheStreamMustBeDone() {
    pushed("a", 0, OK);
    acked("a", 1, 1, OK);
    pushed("b", 0, UNKNOWN);
    Report ghost = new Report("planted", settings(), "0");
    ghost.judge(run(), new Remains(0, 0, 0, List.of("a")));
    assertThat(ghost.isGreen()).isTrue();
    assertThat(ghost.text()).contains("| settled, and back in the stream | 1 |");
    Report stranded = new Report("planted", settings(), "0");
    stranded.judge(run(), new Remains(0, 0, 0, List.of("a", "b")));
    assertThat(stranded.isGreen()).isFalse();
    assertThat(stranded.text()).contains("not done: 1: b");
  }

  @Test
  void aHistoryIsReadAsWrittenExceptAnIncompleteLine(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("w.history");
    Event event = new Event(5, Event.Kind.ACKED, "p0.a.1", 3, 4, LATE);
    try (History history = new History(file)) {
      history.write(event);
    }
    Files.writeString(file, Files.readString(file) + "17\tacked\tp0");
    assertThat(Run.read(folder).tasks().get("p0.a.1")).containsExactly(event);
  }

  @Test
  void aSeedRepeatsTheSchedule() {
    assertThat(steps(7)).isEqualTo(steps(7)).isNotEqualTo(steps(8));
    assertThat(steps(7)).extracting(Schedule.Step::fault).doesNotContain(Fault.LEADER_KILL);
    long drawn = Arrays.stream(Fault.values()).filter(fault -> fault.weight() > 0).count();
    assertThat(steps(7).subList(0, (int) drawn))
        .as("the first round has each fault once")
        .extracting(Schedule.Step::fault)
        .doesNotHaveDuplicates();
  }

  private static List<Schedule.Step> steps(long seed) {
    Schedule schedule = new Schedule(seed, EnumSet.allOf(Fault.class));
    List<Schedule.Step> steps = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      steps.add(schedule.next());
    }
    return steps;
  }

  private static Settings settings() {
    return new Settings(
        "test", Duration.ofSeconds(1), 1, 1, "default", 1, EnumSet.allOf(Fault.class));
  }

  private void pushed(String id, long second, Event.Outcome outcome) {
    add(second, Event.Kind.PUSH, id, 0, second * SECOND, NONE);
    add(second, Event.Kind.PUSHED, id, 0, second * SECOND, outcome);
  }

  private void got(String id, long second, int attempt) {
    add(second, Event.Kind.GOT, id, attempt, second * SECOND, OK);
  }

  private void acked(String id, long second, int attempt, Event.Outcome outcome) {
    got(id, second, attempt);
    add(second, Event.Kind.ACK, id, attempt, second * SECOND, NONE);
    add(second, Event.Kind.ACKED, id, attempt, second * SECOND, outcome);
  }

  private void killed(long fromSecond, long toSecond) {
    events.add(
        new Event(
            toSecond * SECOND, Event.Kind.FAULT, Fault.KILL.name(), 0, fromSecond * SECOND, NONE));
  }

  private void add(
      long second,
      Event.Kind kind,
      String id,
      int attempt,
      long sinceMicros,
      Event.Outcome outcome) {
    events.add(new Event(second * SECOND, kind, id, attempt, sinceMicros, outcome));
  }

  private Run run() {
    return Run.of(events);
  }

  private Invariants invariants() {
    return new Invariants(run(), LEASE).check();
  }

  private List<String> violations() {
    return invariants().violations;
  }
}
