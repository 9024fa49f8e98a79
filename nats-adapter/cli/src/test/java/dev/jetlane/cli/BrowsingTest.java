// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * A listing needs the memory of one page: a process whose heap cannot hold all tasks lists them
 * all. {@code -Djetlane.browsing.stored}, {@code shown} and {@code bytes} set other numbers.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
class BrowsingTest {

  private static final int STORED = Integer.getInteger("jetlane.browsing.stored", 700);
  private static final int SHOWN = Integer.getInteger("jetlane.browsing.shown", 600);
  private static final int HEAP_MEGABYTES = 24;
  private static final int BATCH = 1_000;

  /** The heap cannot hold 500 such payloads. */
  private static final byte[] PAYLOAD =
      "x"
          .repeat(Integer.getInteger("jetlane.browsing.bytes", 48 * 1024))
          .getBytes(StandardCharsets.US_ASCII);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void startServer() {
    server = NatsServer.start();
  }

  @Test
  void aSmallHeapIsEnoughForManyTasks() throws Exception {
    fill("small", STORED, PAYLOAD);
    long began = System.nanoTime();
    Process process = browse("small", SHOWN);
    try (BufferedReader lines = process.inputReader()) {
      assertThat(lines.lines().filter(line -> line.startsWith("{\"id\"")).count()).isEqualTo(SHOWN);
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly();
    }
    long millis = (System.nanoTime() - began) / 1_000_000;
    System.err.printf(
        "%d of %d tasks shown in %d ms, heap of %d MB%n", SHOWN, STORED, millis, HEAP_MEGABYTES);
  }

  /** On any thread; otherwise jnats waits for an answer whose reader thread has ended. */
  @Test
  void withoutMemoryItEndsWithAMessage() throws Exception {
    fill("large", 40, new byte[900 * 1024]);
    Process process = browse("large", 40);
    try (BufferedReader errors = process.errorReader()) {
      assertThat(errors.lines().collect(Collectors.joining("\n")))
          .containsAnyOf("OutOfMemoryError", "the memory is too small");
      assertThat(process.waitFor()).isEqualTo(3);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process browse(String partition, int limit) throws IOException {
    return Run.start(
        HEAP_MEGABYTES,
        Map.of("Nats__Url", server.url()),
        "tasks",
        partition,
        "--payload",
        "--json",
        "--limit",
        "" + limit);
  }

  private static void fill(String name, int count, byte[] payload) {
    NatsOptions options = NatsOptions.defaults().withUrl(server.url());
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition(name);
      for (int from = 0; from < count; from += BATCH) {
        List<Task> tasks = new ArrayList<>();
        for (int i = from; i < Math.min(count, from + BATCH); i++) {
          tasks.add(Task.of("task-" + i, payload));
        }
        assertThat(partition.pushAll(tasks).allStored()).isTrue();
      }
    }
  }
}
