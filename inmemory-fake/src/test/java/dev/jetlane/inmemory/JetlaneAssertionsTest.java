// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static dev.jetlane.inmemory.JetlaneAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JetlaneAssertionsTest {

  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final TaskQueue queue = server.connect(QueueConfig.defaults());
  private final Partition thumbs = queue.partition("thumbs");
  private final Puller puller = thumbs.puller();

  @BeforeEach
  void push() {
    thumbs.push(Task.of("bad", ""));
  }

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void trueAssertionsPass() throws InterruptedException {
    assertThat(server).task("thumbs", "bad").isReady().hasDeliveries(0);
    puller.pull(1, Duration.ZERO).get(0).nak(Duration.ofSeconds(3));
    assertThat(server).task("thumbs", "bad").isDelayed().isDelayedUntil(clock.now().plusSeconds(3));
    clock.advance(Duration.ofSeconds(3));
    puller.pull(1, Duration.ZERO).get(0).ack();
    assertThat(server).task("thumbs", "bad").isGone();
    assertThat(server).hasTasks("thumbs");
  }

  @Test
  void deadTasksAreFound() throws InterruptedException {
    puller.pull(1, Duration.ZERO).get(0).deadLetter("corrupt image");
    puller.close();

    assertThat(server).task("thumbs", "bad").isDead().hasReason("corrupt").hasDeliveries(1);
    assertThat(server).hasTasks("thumbs", "bad").hasNoLeaks();
  }

  @Test
  void aFailedAssertionPrintsTheHistoryOfTheTask() throws InterruptedException {
    thumbs.push(Task.of("other", ""));
    puller.pull(1, Duration.ZERO);

    assertThatThrownBy(() -> assertThat(server).task("thumbs", "bad").isDead())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            String.format(
                "%nExpected task thumbs/bad to be DEAD%nbut it is LEASED%nhistory:"
                    + "%n  +0s thumbs/bad: stored"
                    + "%n  +0s thumbs/bad: leased to puller 1 until +120s (attempt 1)"));
  }

  @Test
  void everyAssertionFails() {
    assertFails(() -> assertThat(server).task("thumbs", "bad").isLeased(), "to be LEASED");
    assertFails(() -> assertThat(server).task("thumbs", "bad").isDelayed(), "to be DELAYED");
    assertFails(() -> assertThat(server).task("thumbs", "bad").isGone(), "is READY");
    assertFails(() -> assertThat(server).task("thumbs", "bad").hasDeliveries(1), "has 0");
    assertFails(() -> assertThat(server).task("thumbs", "bad").hasReason("x"), "\"null\"");
    assertFails(() -> assertThat(server).task("thumbs", "good").isReady(), "never pushed");
    assertFails(() -> assertThat(server).hasTasks("thumbs"), "[bad]");
    assertFails(() -> assertThat(server).hasNoLeaks(), "unclosed puller");
    assertFails(() -> assertThat((InMemoryServer) null).hasNoLeaks(), "not to be null");
  }

  private static void assertFails(Runnable assertion, String part) {
    assertThatThrownBy(assertion::run)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(part);
  }

  @Test
  void assertionsFollowEachOther() throws InterruptedException {
    assertThat(server).task("thumbs", "bad").isReady().isReady();
    var first = puller.pull(1, Duration.ZERO).get(0);
    assertThat(server).task("thumbs", "bad").isLeased().hasDeliveries(1).isLeased();
    first.nak(Duration.ofSeconds(3));
    assertThat(server)
        .task("thumbs", "bad")
        .isDelayed()
        .isDelayedUntil(clock.now().plusSeconds(3))
        .isDelayed();
    clock.advance(Duration.ofSeconds(3));
    puller.pull(1, Duration.ZERO).get(0).deadLetter("corrupt image");
    puller.close();
    assertThat(server).task("thumbs", "bad").isDead().hasReason("corrupt").isDead();
    assertThat(server).task("thumbs", "good").isGone().isGone();
    assertThat(server).hasNoLeaks().hasTasks("thumbs", "bad").hasNoLeaks();
  }

  @Test
  void otherTimesAndReasonsFail() throws InterruptedException {
    puller.pull(1, Duration.ZERO).get(0).nak(Duration.ofSeconds(3));
    Instant now = clock.now();
    assertFails(
        () -> assertThat(server).task("thumbs", "bad").isDelayedUntil(now),
        "is delayed until 2000-01-01T00:00:03Z");
    clock.advance(Duration.ofSeconds(3));
    puller.pull(1, Duration.ZERO).get(0).deadLetter("corrupt image");
    assertFails(
        () -> assertThat(server).task("thumbs", "bad").hasReason("too large"),
        "has the reason \"corrupt image\"");
    assertFails(() -> assertThat(server).task("thumbs", "bad").isReady(), "to be READY");
    assertFails(() -> assertThat(server).task("thumbs", "none").isDead(), "history: none");
    assertFails(
        () -> assertThat((InMemoryServer) null).task("thumbs", "bad").isDead(), "not to be null");
    assertFails(() -> assertThat((InMemoryServer) null).hasTasks("thumbs"), "not to be null");
  }
}
