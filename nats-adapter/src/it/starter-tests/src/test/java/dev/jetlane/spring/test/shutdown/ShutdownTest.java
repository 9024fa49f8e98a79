// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A deployment: the process receives a SIGTERM while it works, and another one replaces it. */
@Timeout(180)
class ShutdownTest {

  private static final int TASKS = 100;
  private static final int CONCURRENCY = 50;

  @TempDir private Path folder;

  @Test
  void finishesRunningTasksAndRepeatsNone() throws Exception {
    Path log = folder.resolve("log");
    try (NatsServer server = NatsServer.start()) {
      push(server.url());

      Process first = start(server.url(), log);
      await(first, log, "begun ", CONCURRENCY);
      first.destroy();
      assertThat(first.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(lines(log, "begun ")).hasSize(CONCURRENCY);
      assertThat(lines(log, "ended ")).hasSize(CONCURRENCY);

      Process second = start(server.url(), log);
      await(second, log, "ended ", TASKS);
      second.destroy();
      assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(lines(log, "begun ")).hasSize(TASKS).doesNotHaveDuplicates();
  }

  private static void push(String url) {
    NatsOptions options =
        NatsOptions.defaults().withUrl(url).withStream("slow").withSubjectPrefix("slow");
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition slow = queue.partition("slow");
      for (int i = 0; i < TASKS; i++) {
        slow.push(Task.of("task-" + i, ""));
      }
    }
  }

  private static Process start(String url, Path log) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            SlowApplication.class.getName(),
            "--spring.main.web-application-type=none",
            "--spring.main.keep-alive=true",
            "--jetlane.url=" + url,
            "--jetlane.stream=slow")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  private static void await(Process process, Path log, String word, int count) throws Exception {
    while (lines(log, word).size() < count) {
      assertThat(process.isAlive()).as(() -> read(log)).isTrue();
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static List<String> lines(Path log, String word) {
    return read(log).lines().filter(line -> line.startsWith(word)).toList();
  }

  private static String read(Path log) {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      return e.toString();
    }
  }
}
