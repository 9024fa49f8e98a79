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
}
