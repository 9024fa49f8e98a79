// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** A queue that is opened and closed many times leaks nothing. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class OpenCloseTest {

  private static final int CYCLES = 300;

  /** The JVM opens some files of its own; a leak would be one per cycle. */
  private static final int SLACK = 20;

  private static final Path OPEN_FILES = Path.of("/proc/self/fd");

  @Test
  void threeHundredCyclesLeaveNoThreadNoSocketAndNoProcess() throws Exception {
    assumeTrue(Files.isDirectory(OPEN_FILES), "no count of open files on this system");
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
      cycle(options, -1);
      long threads = threads();
      long files = files();
      long processes = ProcessHandle.current().descendants().count();
      for (int i = 0; i < CYCLES; i++) {
        cycle(options, i);
      }
      TestQueues.await("threads ended", () -> threads() < threads + SLACK);
      TestQueues.await("sockets closed", () -> files() < files + SLACK);
      assertThat(ProcessHandle.current().descendants().count()).isLessThanOrEqualTo(processes);
    }
  }

  private static void cycle(NatsOptions options, int number) throws InterruptedException {
    try (TaskQueue queue = NatsQueues.connect(options)) {
      Partition partition = queue.partition("p");
      partition.push(Task.of("a-" + number, ""));
      partition.push(Task.of("b-" + number, ""));
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(10))) {
        for (Delivery delivery : TestQueues.pull(puller, 2)) {
          TestQueues.ack(delivery);
        }
      }
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().size();
  }

  private static long files() {
    try (Stream<Path> all = Files.list(OPEN_FILES)) {
      return all.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
