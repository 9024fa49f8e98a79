// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The cost of many workers without a task, each on a partition of its own, in one process. */
final class IdleWorkers {

  /** In the first minutes most of the processor time is that of the JIT compiler. */
  private static final Duration SETTLE = Duration.ofSeconds(270);

  /** Several requests of each worker. */
  private static final Duration WATCH = Duration.ofSeconds(60);

  /** A stream has room for 1,000 consumers, one of which is that of the delayed tasks. */
  private static final int STREAMS = 8;

  private IdleWorkers() {}

  /** Measures this number of workers, 1,000 by default, with the newest server. */
  static int run(List<String> arguments, PrintStream out) throws Exception {
    int workers = arguments.isEmpty() ? 1_000 : Integer.parseInt(arguments.get(0));
    try (ServerUnderTest server = ServerUnderTest.require("")) {
      out.println(server.description() + ", " + workers + " idle workers");
      measure(workers, server, out);
    }
    return 0;
  }

  private static void measure(int count, ServerUnderTest server, PrintStream out) throws Exception {
    ProcessCpu client = new ProcessCpu(ProcessHandle.current().pid());
    NatsOptions options =
        NatsOptions.defaults().withUrl(ServerUnderTest.url()).withStreams(STREAMS);
    List<Worker> workers = new ArrayList<>();
    long closing;
    try (TaskQueue queue = NatsQueues.connect(options)) {
      for (int i = 0; i < count; i++) {
        workers.add(queue.partition("p" + i).work(task -> {}, WorkerOptions.defaults()));
      }
      TimeUnit.MILLISECONDS.sleep(SETTLE.toMillis());
      out.println("  threads of the library: " + threads("jetlane-"));
      out.println("  threads of jnats: " + threads("jetlane:"));
      long clientBefore = client.micros();
      long serverBefore = server.cpuMicros();
      long start = System.nanoTime();
      TimeUnit.MILLISECONDS.sleep(WATCH.toMillis());
      double micros = (System.nanoTime() - start) / 1e3;
      out.println(
          "  client, share of a core: " + percent((client.micros() - clientBefore) / micros));
      out.println(
          "  server, share of a core: " + percent((server.cpuMicros() - serverBefore) / micros));
      requireReady(workers);
      closing = System.nanoTime();
    }
    out.printf(Locale.ROOT, "  close of the queue: %.2f s%n", (System.nanoTime() - closing) / 1e9);
  }

  private static void requireReady(List<Worker> workers) {
    workers.forEach(
        worker -> {
          if (!worker.health().ready()) {
            throw new IllegalStateException("a worker is not ready: " + worker.health());
          }
        });
  }

  private static long threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .count();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
