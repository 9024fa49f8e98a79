package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The referee sees what a rival did not do. */
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
  void countsWhatIsLeft() throws Exception {
    Target target = new Target(ServerUnderTest.url(), Storage.MEMORY, 100);
    try (Backlog backlog = Backlog.create(target, Target.payload(16), true);
        SocketPull rival = new SocketPull(target)) {
      backlog.fill(5_000);
      backlog.requireTasks(5_000);

      rival.drain(4_999, new EmptyPulls());

      backlog.requireTasks(1);
      assertThatIllegalStateException()
          .isThrownBy(() -> backlog.requireTasks(0))
          .withMessage("the stream holds 1 tasks and should hold 0");

      backlog.purge();
      backlog.requireTasks(0);
    }
  }
}
