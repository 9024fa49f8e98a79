// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A backlog detects the tasks that a rival did not handle. */
class BacklogTest {

  private static ServerUnderTest server;

  @BeforeAll
  static void findServer() {
    server = ServerUnderTest.find();
    Assumptions.assumeFalse(
        Boolean.getBoolean(ServerUnderTest.FAKE_ONLY_PROPERTY), server.description());
    assertThat(server.isThere()).as(server.description()).isTrue();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void countsTheRemainingTasks() throws Exception {
    Target target = Target.plain(ServerUnderTest.url(), Storage.MEMORY);
    try (Backlog backlog = Backlog.create(target, Target.payload(16), true);
        SocketPull rival = new SocketPull(target, backlog.places(), false)) {
      backlog.fill(5_000);
      backlog.requireTasks(5_000);

      rival.drain(new Work(4_999, 1, 1));

      backlog.requireTasks(1);
      assertThatIllegalStateException()
          .isThrownBy(() -> backlog.requireTasks(0, Duration.ofMillis(100)))
          .withMessage("the stream holds 1 tasks and should hold 0");

      backlog.purge();
      backlog.requireTasks(0);
    }
  }

  @Test
  void spreadsTasksOverPartitionsAndCountsAll() throws Exception {
    Target target = Target.of(ServerUnderTest.url(), Storage.MEMORY, 3, 2, 1, 0);
    try (Backlog backlog = Backlog.create(target, Target.payload(16), false);
        SocketPull rival = new SocketPull(target, backlog.places().subList(0, 2), false)) {
      backlog.fill(7);

      rival.drain(new Work(7, 3, 1));

      assertThat(backlog.places())
          .extracting(Place::partition)
          .containsExactly("drain-0", "drain-1", "drain-2");
      backlog.requireTasks(2);
    }
  }

  @Test
  void heldTasksAreNotDelivered() throws Exception {
    Target target = Target.of(ServerUnderTest.url(), Storage.MEMORY, 1, 1, 1, 20);
    try (Backlog backlog = Backlog.create(target, Target.payload(16), false);
        SocketPull rival = new SocketPull(target, backlog.places(), false)) {
      backlog.fill(20);
      backlog.hold(20);
      backlog.fill(30);

      rival.drain(new Work(30, 1, 1));

      backlog.requireTasks(20);
    }
  }
}
