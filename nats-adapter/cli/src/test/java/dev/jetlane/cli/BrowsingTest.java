package dev.jetlane.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Browsing needs the memory of a page, however many tasks there are: a process whose heap could not
 * hold them shows them all. {@code -Djetlane.browsing.stored}, {@code shown} and {@code bytes} set
 * other numbers.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
class BrowsingTest {

  private static final int STORED = Integer.getInteger("jetlane.browsing.stored", 3_000);
  private static final int SHOWN = Integer.getInteger("jetlane.browsing.shown", 2_000);
  private static final int HEAP_MEGABYTES = 24;
  private static final int BATCH = 1_000;

  /** The heap cannot hold 1,600 such payloads. */
  private static final byte[] PAYLOAD =
      "x"
          .repeat(Integer.getInteger("jetlane.browsing.bytes", 16 * 1024))
          .getBytes(StandardCharsets.US_ASCII);

  @Test
  void aSmallHeapIsEnoughForManyTasks() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options = NatsOptions.defaults().withUrl(server.url());
      try (TaskQueue queue = NatsQueues.connect(options)) {
        fill(queue.partition("gpu"));
      }
      long began = System.nanoTime();
      Process process =
          Run.start(
              HEAP_MEGABYTES,
              Map.of("Nats__Url", server.url()),
              "tasks",
              "gpu",
              "--payload",
              "--json",
              "--limit",
              "" + SHOWN);
      try (BufferedReader lines = process.inputReader()) {
        assertThat(lines.lines().filter(line -> line.startsWith("{\"id\"")).count())
            .isEqualTo(SHOWN);
        assertThat(process.waitFor()).isZero();
      } finally {
        process.destroyForcibly();
      }
      long millis = (System.nanoTime() - began) / 1_000_000;
      System.err.printf(
          "%d of %d tasks shown in %d ms, heap of %d MB%n", SHOWN, STORED, millis, HEAP_MEGABYTES);
    }
  }

  private static void fill(Partition partition) {
    for (int from = 0; from < STORED; from += BATCH) {
      List<Task> tasks = new ArrayList<>();
      for (int i = from; i < Math.min(STORED, from + BATCH); i++) {
        tasks.add(Task.of("task-" + i, PAYLOAD));
      }
      assertThat(partition.pushAll(tasks).allStored()).isTrue();
    }
  }
}
