// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Checks {@code WIRE.md} with the official JavaScript client: as a producer for Jetlane's workers,
 * and as a worker beside them.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class JavaScriptInteropTest {

  private static NodeProject project;

  @BeforeAll
  static void install() throws Exception {
    project = NodeProject.install("interop", "package.json", "jetlane.mjs");
  }

  private static List<String> javaScript(
      NatsServer server, NatsOptions options, String command, String... more)
      throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(
            List.of("node", "jetlane.mjs", command, server.url(), options.subjectPrefix(), "p"));
    all.addAll(List.of(more));
    return project.run(all.toArray(String[]::new));
  }

  @Test
  void itsTasksAreDeliveredToJetlane() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server).withQueue(TestQueues.config().withPriorities(2));
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        Partition partition = queue.partition("p");
        long before = System.nanoTime();
        assertThat(javaScript(server, options, "produce")).containsExactly("produced");
        assertThat(partition.push(Task.of("js-3", "")).duplicate()).isTrue();
        List<Delivery> all = TestQueues.pull(puller, 13);
        assertThat(System.nanoTime() - before).isGreaterThan(TimeUnit.SECONDS.toNanos(2));
        assertThat(TestQueues.ids(all).get(0)).isEqualTo("js-first");
        assertThat(TestQueues.ids(all))
            .containsExactlyInAnyOrder(
                "js-0",
                "js-1",
                "js-2",
                "js-3",
                "js-4",
                "js-5",
                "js-6",
                "js-7",
                "js-8",
                "js-9",
                "js-unicode",
                "js-first",
                "js-later");
        for (Delivery delivery : all) {
          if (delivery.taskId().equals("js-unicode")) {
            assertThat(delivery.headers()).isEqualTo(Map.of("Size", "gr\u00f6\u00dfe \u2713"));
            assertThat(delivery.payload())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("p\u00e4yload \u2713");
          } else if (delivery.taskId().equals("js-7")) {
            assertThat(delivery.headers()).isEqualTo(Map.of("Number", "7"));
            assertThat(delivery.payload()).asString(StandardCharsets.UTF_8).isEqualTo("payload 7");
          }
          delivery.ack();
        }
        TestQueues.await("empty", () -> partition.stats().equals(new Stats(0, 0, 0)));
      }
    }
  }

  @Test
  void itWorksBesideJetlane() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server).withQueue(TestQueues.config().withPriorities(2));
      try (TaskQueue queue = NatsQueues.connect(options)) {
        Partition partition = queue.partition("p");
        partition.push(Task.of("ours-1", "payload").withHeader("Own", "gr\u00f6\u00dfe \u2713"));
        partition.push(Task.of("ours-2", "again"));
        partition.push(Task.of("ours-3", "bad").withHeader("Own", "kept"));
        partition.push(Task.of("ours-4", "later").withDelay(Duration.ofSeconds(1)));
        partition.push(Task.of("ours-5", "bad").withPriority(1));
        partition.push(Task.of("ours-6", "late").withTimeToLive(Duration.ofMillis(1)));
        List<String> said = javaScript(server, options, "work", "6", "2");
        assertThat(said.get(0)).isEqualTo("handled ours-5 1 bad ");
        assertThat(said)
            .containsExactlyInAnyOrder(
                "handled ours-1 1 payload gr\u00f6\u00dfe \u2713",
                "handled ours-2 2 again ",
                "handled ours-3 1 bad kept",
                "handled ours-4 1 later ",
                "handled ours-5 1 bad ",
                "expired ours-6");
        TestQueues.await(
            "only letters are left", () -> partition.stats().equals(new Stats(0, 0, 0, 0, 3)));
        assertThat(letter(partition, "ours-6").reason()).isEqualTo(DeadLetter.EXPIRED);
        DeadLetter letter = letter(partition, "ours-3");
        assertThat(letter.reason()).isEqualTo("bad payload");
        assertThat(letter.attempts()).isEqualTo(1);
        assertThat(letter.headers()).isEqualTo(Map.of("Own", "kept"));
        assertThat(partition.deadLetters().redrive(letter.id())).isTrue();
        try (Puller puller = partition.puller()) {
          Delivery redriven = TestQueues.pull(puller, 1).get(0);
          assertThat(redriven.taskId()).isEqualTo("ours-3");
          redriven.deadLetter("ours too");
        }
        assertThat(partition.deadLetters().redrive(letter(partition, "ours-3").id())).isTrue();
        // It takes a redriven task under the same id.
        assertThat(javaScript(server, options, "work", "1", "2"))
            .containsExactly("handled ours-3 1 bad kept");
      }
    }
  }

  @Test
  void theTasksThatItRedrivesAreDeliveredToJetlane() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server).withQueue(TestQueues.config().withPriorities(2));
      try (TaskQueue queue = NatsQueues.connect(options);
          Puller puller = queue.partition("p").puller()) {
        Partition partition = queue.partition("p");
        partition.push(Task.of("t", "bad").withPriority(1).withHeader("Own", "\u00fc"));
        assertThat(javaScript(server, options, "work", "1", "2"))
            .containsExactly("handled t 1 bad \u00fc");
        partition.push(Task.of("before", ""));
        String letter = letter(partition, "t").id();
        assertThat(javaScript(server, options, "redrive", letter)).containsExactly("redriven t");
        assertThat(partition.deadLetters().list(10)).isEmpty();
        Delivery first = TestQueues.pull(puller, 1).get(0);
        assertThat(first.taskId()).as("a task of priority 1 comes first").isEqualTo("t");
        assertThat(first.headers()).isEqualTo(Map.of("Own", "\u00fc"));
        first.ack();
      }
    }
  }

  private static DeadLetter letter(Partition partition, String taskId) {
    return partition.deadLetters().list(10).stream()
        .filter(each -> each.taskId().equals(taskId))
        .findFirst()
        .orElseThrow();
  }
}
