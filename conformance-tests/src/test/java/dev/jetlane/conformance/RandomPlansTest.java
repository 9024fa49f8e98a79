package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.conformance.run.RuleViolation;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random plans alone, without the directed ones, find faults of several kinds. */
class RandomPlansTest {

  static Stream<Mutant> wrongDelays() {
    return Stream.of(
        Mutant.ofPartition("DELAY-1", "half of a delay is enough", BrokenDelays::comesEarly),
        Mutant.ofPartition("DELAY-2", "delay added twice", BrokenDelays::comesLate),
        Mutant.ofPartition("PUSH-2", "headers lost while delayed", BrokenDelays::headersAreLost),
        Mutant.ofPartition("DELAY-5", "cancels nothing", BrokenDelays::cancelDoesNothing),
        Mutant.ofPartition("DELAY-7", "full drops delayed", BrokenDelays::fullDropsDelayed),
        Mutant.ofPartition("STATS-5", "delayed look ready", BrokenDelays::delayedLookReady));
  }

  @ParameterizedTest
  @MethodSource("wrongDelays")
  void findIt(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains("due in");
  }

  static Stream<Mutant> wrongMeetings() {
    return BrokenMeetings.inRandomPlans().stream();
  }

  @ParameterizedTest
  @MethodSource("wrongMeetings")
  void findItInAMeeting(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage())
        .containsAnyOf(", interrupted", ", by two clients", " during the close of");
  }

  static Stream<Mutant> wrongDeadlines() {
    return BrokenDeadlines.inRandomPlans().stream();
  }

  @ParameterizedTest
  @MethodSource("wrongDeadlines")
  void findItAfterADeadline(Mutant mutant) {
    RuleViolation found = MutantRun.of(mutant, "STATS-4");

    assertThat(found.getMessage()).contains("expiring in");
  }
}
