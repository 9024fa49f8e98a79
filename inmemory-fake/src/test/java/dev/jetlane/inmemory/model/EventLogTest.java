// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import org.junit.jupiter.api.Test;

class EventLogTest {

  private final EventLog log = new EventLog();
  private final StoredTask one = new StoredTask(1, Task.of("one", ""), 0);
  private final StoredTask other = new StoredTask(2, Task.of("other", ""), 0);

  @Test
  void theExtensionsOfALeaseAreOneEvent() {
    log.extended(1, "p", one);
    log.extended(2, "p", one);
    assertThat(log.lines("p", "one"))
        .containsExactly("+0.000000001s p/one: lease extended 2 times, last at +0.000000002s,");
  }

  /** A full log reuses the objects of its oldest events. */
  @Test
  void theExtensionsOfTwoTasksStaySeparateInAFullLog() {
    log.extended(1, "p", one);
    for (int i = 1; i < EventLog.CAPACITY; i++) {
      log.add(2, "p", "something else");
    }
    log.extended(3, "p", other);
    log.extended(4, "p", one);
    assertThat(log.lines("p", "other")).containsExactly("+0.000000003s p/other: lease extended");
    assertThat(log.lines("p", "one")).containsExactly("+0.000000004s p/one: lease extended");
  }

  /** A full log reuses the objects of its oldest events, of which nothing may be left. */
  @Test
  void anEventOfAFullLogShowsNothingOfTheEventBefore() {
    StoredTask delivered = new StoredTask(3, Task.of("delivered", ""), 0);
    delivered.deliveries = 7;
    for (int i = 0; i < EventLog.CAPACITY; i++) {
      log.add(1_000_000_000, "p", delivered, "leased to", "puller 1", 5_000_000_000L);
    }
    log.add(2_000_000_000, null, "fault: restart");
    assertThat(log.lines().get(EventLog.CAPACITY - 1)).isEqualTo("+2s: fault: restart");

    for (int i = 1; i < EventLog.CAPACITY; i++) {
      log.add(2_000_000_000, "q", "paused");
    }
    assertThat(log.lines())
        .hasSize(EventLog.CAPACITY)
        .noneMatch(line -> line.contains("delivered"))
        .last()
        .isEqualTo("+2s q: paused");
    log.add(3_000_000_000L, "p", one, "stored");
    assertThat(log.lines().get(EventLog.CAPACITY - 1)).isEqualTo("+3s p/one: stored");
  }

  @Test
  void aMergedEventOfAFullLogLeavesNoCount() {
    log.extended(1_000_000_000, "p", one);
    log.extended(2_000_000_000, "p", one);
    for (int i = 1; i < EventLog.CAPACITY; i++) {
      log.add(3_000_000_000L, "p", "something else");
    }
    log.add(4_000_000_000L, "p", other, "stored");
    assertThat(log.lines("p", "other")).containsExactly("+4s p/other: stored");
    assertThat(log.lines("p", "one")).isEmpty();
    log.extended(5_000_000_000L, "p", one);
    log.extended(6_000_000_000L, "p", one);
    assertThat(log.lines("p", "one"))
        .containsExactly("+5s p/one: lease extended 2 times, last at +6s,");
  }

  @Test
  void theNumberOfAllEventsCountsForgottenOnesToo() {
    for (int i = 1; i <= EventLog.CAPACITY + 3; i++) {
      log.add(i, "p", "event " + i);
      assertThat(log.written()).isEqualTo(i);
    }
    assertThat(log.lines())
        .hasSize(EventLog.CAPACITY)
        .first()
        .isEqualTo("+0.000000004s p: event 4");
  }

  /** At the sizes at which the log grows. */
  @Test
  void aLogThatGrowsKeepsItsEvents() {
    for (int i = 0; i < 100; i++) {
      log.add(0, "p", "event " + i);
      assertThat(log.lines()).hasSize(i + 1).first().isEqualTo("+0s p: event 0");
      assertThat(log.lines()).last().isEqualTo("+0s p: event " + i);
    }
  }

  @Test
  void theEventsOfATaskAreThoseOfItsIdAndPartition() {
    StoredTask same = new StoredTask(9, Task.of("one", ""), 0);
    log.add(1, "p", one, "stored");
    log.add(2, "q", same, "stored");
    log.add(3, "p", other, "stored");
    log.add(4, "p", "duplicate of one");
    log.add(5, "p", same, "stored");
    assertThat(log.lines("p", "one"))
        .containsExactly("+0.000000001s p/one: stored", "+0.000000005s p/one: stored");
  }
}
