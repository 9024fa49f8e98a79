// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Task;
import dev.jetlane.inmemory.Faults.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which faults can be planned, which are left, and how many have happened. */
class FaultPlanTest extends QueueTest {

  private final Faults faults = server.faults();

  private interface OfTime {
    void plan(Duration time);
  }

  /** Each call that takes a time checks it, names it, and changes nothing if it is invalid. */
  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void invalidTimesAreRefusedByTheirNames() throws InterruptedException {
    Map<String, List<OfTime>> all =
        Map.of(
            "time of an exchange", List.of(faults::slowPulls, faults::slowExchanges),
            "unwritten time",
                List.of(faults::crash, faults::crashLosingAcks, faults::crashStoringAgain));
    List<Duration> bad = new ArrayList<>(List.of(Duration.ofNanos(-1), Duration.ofDays(36_501)));
    bad.add(null);
    push("a");
    all.forEach(
        (name, calls) ->
            calls.forEach(
                call ->
                    bad.forEach(
                        time ->
                            assertThatThrownBy(() -> call.plan(time))
                                .as("%s of %s", name, time)
                                .isInstanceOf(InvalidInputException.class)
                                .hasMessageStartingWith(name + " ")
                                .hasMessageContaining("must be from PT0S to PT876000H"))));
    assertThat(server.events()).containsExactly("+0s p/a: stored");
    assertThat(pullOne().leaseRemaining()).isEqualTo(LEASE);
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void invalidPlansAreRefused() {
    for (Runnable call :
        List.<Runnable>of(
            () -> faults.refuseNext(null),
            () -> faults.loseNext(null),
            () -> faults.loseNextConfirmation(null),
            () -> faults.randomly(1, 5),
            () -> faults.randomly(0, 5),
            () -> faults.randomly(-7, 5),
            () -> faults.deleteConsumer(null))) {
      assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
    }
    assertThat(server.leaks()).containsExactly("unclosed puller: puller 1 of partition p");
    push("a");
  }

  /** A user reads the number at the end of a test, when all faults are cleared. */
  @Test
  void faultsThatHappenedAreCountedAfterTheyAreCleared() {
    for (int i = 1; i <= 3; i++) {
      faults.loseNext(Call.PUSH);
      faults.refuseNext(Call.PUSH);
      assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).isNotNull();
      assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).isNotNull();
      faults.loseNext(Call.ACK);
      faults.clear();
      assertThat(faults.happened()).isEqualTo(2 * i);
      assertThat(server.leaks()).noneMatch(leak -> leak.startsWith("fault"));
    }
    push("a");
  }

  /** Also those of a step, and not those of chance. */
  @Test
  void eachPlannedFaultIsCountedOnceAndNoOther() throws InterruptedException {
    push("a");
    faults.loseNextConfirmation(Call.STORE_LETTER);
    var delivery = pullOne();
    assertThatThrownBy(() -> delivery.deadLetter("no")).isInstanceOf(OutcomeUnknownException.class);
    assertThat(faults.happened()).isEqualTo(1);
    delivery.deadLetter("no");
    assertThat(faults.happened()).isEqualTo(1);
    faults.decide(fault -> true);
    assertThatThrownBy(() -> partition.push(Task.of("b", "x"))).isNotNull();
    faults.clear();
    assertThat(faults.happened()).isEqualTo(1);
    faults.duplicateNextDelivery();
    push("c");
    pullOne();
    assertThat(faults.happened()).isEqualTo(1);
  }

  @Test
  void plannedFaultsThatAreLeftAreNamedByTheirKindAndCall() {
    faults.loseNextConfirmation(Call.REDRIVE);
    faults.refuseNext(Call.PUSH);
    faults.refuseNext(Call.PUSH);
    faults.refuseNext(Call.ACK);
    faults.loseNext(Call.PUSH);
    faults.duplicateNextDelivery();
    String never = "fault that never happened: ";
    assertThat(server.leaks())
        .contains(
            never + "PUSH refused (2 times)",
            never + "ACK refused",
            never + "PUSH lost",
            never + "REDRIVE confirmation lost",
            never + "delivery duplicated");
    assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).hasMessageContaining("refused");
    assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).hasMessageContaining("refused");
    assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).hasMessageContaining("lost");
    push("a");
    assertThat(server.leaks())
        .contains(never + "ACK refused", never + "REDRIVE confirmation lost")
        .noneMatch(leak -> leak.contains("PUSH"));
  }

  /** The end of one lasting fault leaves planned ones. */
  @Test
  void plannedFaultsOutlastTheEndOfOtherFaults() {
    faults.refuseNext(Call.PUSH);
    faults.full(true);
    faults.slowPulls(LEASE);
    faults.disconnect();
    faults.reconnect();
    faults.full(false);
    faults.slowPulls(Duration.ZERO);
    faults.restart();
    assertThatThrownBy(() -> partition.push(Task.of("a", "x"))).hasMessageContaining("refused");
    push("a");
  }
}
