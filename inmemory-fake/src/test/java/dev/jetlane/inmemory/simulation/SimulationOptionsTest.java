// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The options of a simulation and the allowed faults of a history: defaults, bounds and copies. */
class SimulationOptionsTest {

  private static final QueueListener LISTENER = new QueueListener() {};
  private static final QueueConfig CONFIG = QueueConfig.defaults().withMaxTasks(7);

  private static final Map<String, UnaryOperator<SimulationOptions>> CHANGES =
      new LinkedHashMap<>();

  static {
    CHANGES.put("firstSeed=5", options -> options.withFirstSeed(5));
    CHANGES.put("timeLimit=PT2S", options -> options.withTimeLimit(Duration.ofSeconds(2)));
    CHANGES.put("maxTasks=7", options -> options.withConfig(CONFIG));
    CHANGES.put("listeners=1", options -> options.withListeners(LISTENER));
    CHANGES.put("repeat=9::", options -> options.repeating("9::"));
  }

  private static List<String> shown(SimulationOptions options) {
    return List.of(
        "seeds=" + options.seeds(),
        "firstSeed=" + options.firstSeed(),
        "timeLimit=" + options.timeLimit(),
        "maxTasks=" + options.config().maxTasks(),
        "listeners=" + options.listeners().size(),
        "repeat=" + options.repeat());
  }

  @Test
  void theDefaultsAreDocumented() {
    SimulationOptions options = SimulationOptions.seeds(3);
    assertThat(options.seeds()).isEqualTo(3);
    assertThat(options.firstSeed()).isEqualTo(1);
    assertThat(options.timeLimit()).isEqualTo(Duration.ofMinutes(1));
    assertThat(options.config()).isEqualTo(QueueConfig.defaults());
    assertThat(options.listeners()).isEmpty();
    assertThat(options.repeat()).isEmpty();
  }

  @Test
  void eachOptionChangesACopyAndNothingElse() {
    CHANGES.forEach(
        (what, change) -> {
          SimulationOptions before = SimulationOptions.seeds(3);
          List<String> was = shown(before);
          List<String> is = shown(change.apply(before));
          assertThat(shown(before)).as("%s changes a copy", what).isEqualTo(was);
          assertThat(is).as(what).contains(what);
          assertThat(is.stream().filter(line -> !was.contains(line))).as(what).hasSize(1);
        });
  }

  @Test
  void eachOptionKeepsEachOther() {
    CHANGES.forEach(
        (first, one) ->
            CHANGES.forEach(
                (second, other) ->
                    assertThat(shown(other.apply(one.apply(SimulationOptions.seeds(3)))))
                        .as("%s, then %s", first, second)
                        .contains("seeds=3", first, second)));
  }

  @Test
  void theAnnotationHasEachOption() throws NoSuchMethodException {
    SimulationOptions all = SimulatedTestExtension.options(annotation("annotated"));
    assertThat(all.seeds()).isEqualTo(11);
    assertThat(all.firstSeed()).isEqualTo(12);
    assertThat(all.timeLimit()).isEqualTo(Duration.ofSeconds(13));
    assertThat(all.config().lease()).isEqualTo(Duration.ofSeconds(14));
    assertThat(all.repeat()).isEqualTo("15::");

    SimulationOptions defaults = SimulatedTestExtension.options(annotation("plain"));
    assertThat(defaults.seeds()).isEqualTo(1000);
    assertThat(defaults.firstSeed()).isEqualTo(1);
    assertThat(defaults.timeLimit()).isEqualTo(Duration.ofMinutes(1));
    assertThat(defaults.config().lease()).isEqualTo(Duration.ofSeconds(30));
    assertThat(defaults.repeat()).isEmpty();
  }

  private static SimulatedTest annotation(String method) throws NoSuchMethodException {
    return Objects.requireNonNull(
        Annotated.class
            .getDeclaredMethod(method, Simulation.class)
            .getAnnotation(SimulatedTest.class));
  }

  /** Not run: only its annotations are read. */
  private static final class Annotated {

    @SimulatedTest(seeds = 11, firstSeed = 12, maxSeconds = 13, leaseSeconds = 14, repeat = "15::")
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
    void annotated(Simulation sim) {}

    @SimulatedTest
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
    void plain(Simulation sim) {}
  }

  // ---- Faults

  private static final Set<Kind> OF_CALLS =
      EnumSet.of(Kind.CONFIRMATION_LOST, Kind.REQUEST_LOST, Kind.DUPLICATE);

  private static void assertAllowed(SimulationFaults faults, Set<Kind> kinds) {
    Set<Kind> ofThreads = EnumSet.complementOf(EnumSet.copyOf(OF_CALLS));
    ofThreads.retainAll(kinds);
    for (Kind kind : Kind.values()) {
      assertThat(faults.has(kind)).as("%s of %s", kind, kinds).isEqualTo(kinds.contains(kind));
    }
    assertThat(faults.ofThreads()).as("of threads of %s", kinds).isEqualTo(List.copyOf(ofThreads));
  }

  @Test
  void eachChangeOfTheAllowedFaultsCounts() {
    SimulationFaults faults = new SimulationFaults();
    assertAllowed(faults, EnumSet.allOf(Kind.class));
    assertThat(faults.without(Kind.CRASH)).isSameAs(faults);
    assertAllowed(faults, EnumSet.complementOf(EnumSet.of(Kind.CRASH)));
    faults.without(Kind.DUPLICATE, Kind.CRASH);
    assertAllowed(faults, EnumSet.complementOf(EnumSet.of(Kind.CRASH, Kind.DUPLICATE)));
    assertThat(faults.only(Kind.CRASH, Kind.REQUEST_LOST)).isSameAs(faults);
    assertAllowed(faults, EnumSet.of(Kind.CRASH, Kind.REQUEST_LOST));
    faults.only(Kind.CLOCK_JUMP, Kind.DISCONNECT);
    assertAllowed(faults, EnumSet.of(Kind.CLOCK_JUMP, Kind.DISCONNECT));
    assertThat(faults.none()).isSameAs(faults);
    assertAllowed(faults, EnumSet.noneOf(Kind.class));
    faults.only(Kind.SLOW_THREAD);
    assertAllowed(faults, EnumSet.of(Kind.SLOW_THREAD));
    faults.only();
    assertAllowed(faults, EnumSet.noneOf(Kind.class));
  }

  @Test
  void threeFaultsAreAllowedUnlessTheTestSaysOtherwise() {
    SimulationFaults faults = new SimulationFaults();
    for (int i = 0; i < 3; i++) {
      assertThat(faults.areLeft()).as("after %d faults", i).isTrue();
      faults.count();
    }
    assertThat(faults.areLeft()).isFalse();
    assertThat(faults.atMost(4)).isSameAs(faults);
    assertThat(faults.areLeft()).as("those that happened still count").isTrue();
    faults.count();
    assertThat(faults.areLeft()).isFalse();
    assertThat(new SimulationFaults().atMost(0).areLeft()).isFalse();
    assertThatThrownBy(() -> faults.atMost(-1)).isInstanceOf(InvalidInputException.class);
  }

  /** A later change of an array of the test changes nothing. */
  @Test
  void arraysOfTheTestAreCopied() {
    QueueListener[] listeners = {LISTENER};
    SimulationOptions options = SimulationOptions.seeds(1).withListeners(listeners);
    listeners[0] = new QueueListener() {};
    assertThat(options.listeners()).containsExactly(LISTENER);
    Kind[] kinds = {Kind.CRASH};
    SimulationFaults faults = new SimulationFaults().only(kinds);
    kinds[0] = Kind.DUPLICATE;
    assertAllowed(faults, EnumSet.of(Kind.CRASH));
  }

  private static void assertRefused(String name, String rule, Runnable call) {
    assertThatThrownBy(call::run)
        .as(name)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(name + " ")
        .hasMessageEndingWith(": " + rule);
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is part of the test.
  void aRefusalNamesTheValueAndTheRule() {
    SimulationOptions one = SimulationOptions.seeds(1);
    SimulationFaults faults = new SimulationFaults();
    String present = "must not be null";
    assertRefused("seeds", "must be at least 1", () -> SimulationOptions.seeds(0));
    assertRefused(
        "time limit",
        "must be above zero, up to PT24H",
        () -> one.withTimeLimit(Duration.ofDays(1).plusNanos(1)));
    assertRefused("queue settings", present, () -> one.withConfig(null));
    assertRefused("listeners", present, () -> one.withListeners(LISTENER, null));
    assertRefused("history", "must be the text that a failure showed", () -> one.repeating("1:x"));
    assertRefused("faults", "must not be negative", () -> faults.atMost(-1));
    assertRefused("kinds of faults", present, () -> faults.only(Kind.CRASH, null));
    assertRefused("kinds of faults", present, () -> faults.without((Kind[]) null));
    assertAllowed(faults, EnumSet.allOf(Kind.class));
    assertThat(faults.areLeft()).isTrue();
  }
}
