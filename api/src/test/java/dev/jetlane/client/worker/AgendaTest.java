// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.client.StandingClock;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AgendaTest {

  private final StandingClock clock = new StandingClock();
  private final Agenda agenda = new Agenda(clock);
  private final List<String> done = new ArrayList<>();

  /** The clock overflows between the two actions. */
  @Test
  void earlierActionsRunFirst() {
    agenda.after(TimeUnit.SECONDS.toNanos(40), () -> done.add("later"));
    agenda.after(TimeUnit.SECONDS.toNanos(10), () -> done.add("sooner"));
    clock.advance(Duration.ofSeconds(20));
    assertThat(done).containsExactly("sooner");
    clock.advance(Duration.ofSeconds(20));
    assertThat(done).containsExactly("sooner", "later");
  }

  @Test
  void noActionRunsAfterTheClose() {
    agenda.after(1, () -> done.add("before"));
    agenda.close();
    agenda.after(1, () -> done.add("after"));
    clock.advance(Duration.ofSeconds(1));
    assertThat(done).isEmpty();
    assertThat(agenda.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  /** Otherwise the clock of the machine sleeps until a later action. */
  @Test
  void theClockIsWokenForEachAction() {
    long now = clock.nanoTime();
    agenda.after(40, () -> {});
    agenda.after(10, () -> {});
    assertThat(clock.wishes).containsExactly(now + 40, now + 10);
    assertThat(agenda.nextNanos()).isEqualTo(now + 10);
  }

  @Test
  void anActionRunsOnceAtItsTimeAndMayPlanTheNextOne() {
    agenda.after(
        10,
        () -> {
          done.add("first");
          agenda.after(0, () -> done.add("second"));
          agenda.after(10, () -> done.add("third"));
        });
    clock.advance(Duration.ofNanos(9));
    assertThat(done).isEmpty();
    clock.advance(Duration.ofNanos(1));
    assertThat(done).containsExactly("first", "second");
    clock.advance(Duration.ofNanos(10));
    assertThat(done).containsExactly("first", "second", "third");
    assertThat(agenda.nextNanos()).isEqualTo(DriverClock.NEVER);
  }

  /** One defect must not stop all pauses and retries of a worker. */
  @Test
  void anActionThatThrowsDoesNotStopTheOthers() {
    agenda.after(
        10,
        () -> {
          throw new StackOverflowError();
        });
    agenda.after(
        10,
        () -> {
          throw new IllegalStateException();
        });
    agenda.after(10, () -> done.add("same time"));
    agenda.after(20, () -> done.add("later"));
    clock.advance(Duration.ofNanos(20));
    assertThat(done).containsExactly("same time", "later");
  }

  @Test
  void theCloseEndsItsWorkOnTheClock() {
    agenda.after(10, () -> done.add("dropped"));
    agenda.close();
    agenda.runDue(clock.nanoTime() + 20);
    assertThat(done).isEmpty();
    int wishes = clock.wishes.size();
    agenda.after(10, () -> done.add("after"));
    assertThat(clock.wishes).hasSize(wishes);
  }
}
