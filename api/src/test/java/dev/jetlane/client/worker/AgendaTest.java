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
}
