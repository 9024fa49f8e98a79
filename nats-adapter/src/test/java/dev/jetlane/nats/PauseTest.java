// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The pause of a partition on a server; the PAUSE rules define its effect. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class PauseTest {

  private static final Pattern UNTIL = Pattern.compile("\"pause_until\":\\s*\"([^\"]+)\"");
  private static final Pattern TIME = Pattern.compile("\"ts\":\\s*\"([^\"]+)\"");

  /** The clock of a client may be an hour off. */
  @Test
  void aPauseCountsFromATimeOfTheServer() throws Exception {
    Duration hour = Duration.ofHours(1);
    try (NatsServer server = NatsServer.start();
        WireTap tap = WireTap.on(server.url(), "$JS.API.CONSUMER.PAUSE.>", "_INBOX.>");
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "a server that cannot pause");
      queue.partition("p");
      queue.admin().partition("p").pause(hour);
      TestQueues.await("the request", () -> !times(tap, "$JS.API.", UNTIL).isEmpty());
      Instant until = times(tap, "$JS.API.", UNTIL).get(0);
      assertThat(times(tap, "_INBOX.", TIME)).contains(until.minus(hour));
    }
  }

  /** The pause ends a moment after the request, and the call waits for that. */
  @Test
  void afterAResumeThePartitionIsNotPaused() {
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "a server that cannot pause");
      queue.partition("p");
      PartitionAdmin admin = queue.admin().partition("p");
      for (int round = 0; round < 10; round++) {
        admin.pause(Duration.ofHours(1));
        assertThat(admin.summary().pausedFor()).isPresent();
        admin.resume();
        assertThat(admin.summary().pausedFor()).isEmpty();
      }
    }
  }

  /** A paused partition hands out no task, also not to a move. */
  @Test
  void aQueueIsMovedAfterThePauseOfItsPartition() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      assumeFalse(server.version().matches("2\\.(9|10)\\..*"), "a server that cannot pause");
      NatsOptions one = TestQueues.options(server);
      try (TaskQueue queue = NatsQueues.connect(one)) {
        Partition partition = queue.partition("waits");
        TestQueues.push(partition, 1);
        PartitionAdmin admin = queue.admin().partition("waits");
        admin.pause(Duration.ofHours(1));
        assertThatThrownBy(() -> NatsQueues.spread(one.withStreams(2), Duration.ofMinutes(1)))
            .isInstanceOf(QueueRejectedException.class)
            .hasMessageContaining("paused: waits");
        TestQueues.push(queue.partition("unchanged"), 1);
        admin.resume();
        assertThat(NatsQueues.spread(one.withStreams(2), Duration.ofMinutes(1))).isEqualTo(2);
      }
    }
  }

  private static List<Instant> times(WireTap tap, String subjects, Pattern pattern) {
    String all =
        tap.heard(one -> one.subject().startsWith(subjects)).stream()
            .map(WireTap.Heard::body)
            .collect(Collectors.joining("\n"));
    return pattern.matcher(all).results().map(PauseTest::time).toList();
  }

  private static Instant time(MatchResult match) {
    return Instant.parse(match.group(1));
  }
}
