// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Compares atomic pushes with {@code pushAll}, in turn, for lists of several sizes, and the pulls
 * of their tasks. Each ratio is computed within a round; more than 1 means that atomic pushes are
 * faster.
 */
final class AtomicPushes {

  private static final List<Integer> SIZES = List.of(10, 100, 1_000);
  private static final int TASKS = 6_000;
  private static final byte[] PAYLOAD = new byte[128];

  private final PrintStream out;
  private final Partition partition;
  private long lastId;

  private AtomicPushes(PrintStream out, Partition partition) {
    this.out = out;
    this.partition = partition;
  }

  /** Measures with the newest server. */
  static int run(List<String> arguments, PrintStream out) throws Exception {
    int rounds = arguments.isEmpty() ? 5 : Integer.parseInt(arguments.get(0));
    try (ServerUnderTest server = ServerUnderTest.require("")) {
      out.println(server.description() + ", " + rounds + " rounds");
      for (NatsOptions.Storage storage : NatsOptions.Storage.values()) {
        measure(storage, rounds, out);
      }
    }
    return 0;
  }

  private static void measure(NatsOptions.Storage storage, int rounds, PrintStream out)
      throws Exception {
    String name = "atomic-" + storage.name().toLowerCase(Locale.ROOT);
    NatsOptions options =
        NatsOptions.defaults()
            .withUrl(ServerUnderTest.url())
            .withStream(name)
            .withSubjectPrefix(name)
            .withStorage(storage)
            .withQueue(QueueConfig.defaults().withDedupWindow(Duration.ofSeconds(1)));
    try (TaskQueue queue = NatsQueues.connect(options)) {
      AtomicPushes pushes = new AtomicPushes(out, queue.partition("p"));
      for (int size : SIZES) {
        pushes.measure(storage + ", lists of " + size, size, rounds);
      }
    }
  }

  private void measure(String title, int size, int rounds) throws Exception {
    double[] pushed = new double[rounds];
    double[] pulled = new double[rounds];
    for (int round = -1; round < rounds; round++) {
      boolean atomicFirst = round % 2 == 0;
      double[] first = seconds(size, atomicFirst);
      double[] second = seconds(size, !atomicFirst);
      double[] all = atomicFirst ? second : first;
      double[] atomic = atomicFirst ? first : second;
      if (round >= 0) { // The round before it is the warm-up.
        pushed[round] = all[0] / atomic[0];
        pulled[round] = all[1] / atomic[1];
      }
    }
    out.println(title + ": push x " + text(pushed) + ", pull of them x " + text(pulled));
  }

  private static String text(double[] values) {
    Spread spread = Spread.of(values);
    return String.format(
        Locale.ROOT, "%.2f [%.2f..%.2f]", spread.median(), spread.min(), spread.max());
  }

  /** Returns the time of the pushes, and that of the pulls. */
  private double[] seconds(int size, boolean atomic) throws Exception {
    List<List<Task>> lists = new ArrayList<>();
    for (int i = 0; i < TASKS / size; i++) {
      lists.add(tasks(size));
    }
    long start = System.nanoTime();
    for (List<Task> list : lists) {
      if (atomic) {
        partition.pushAtomically(list);
      } else {
        partition.pushAll(list).requireAllStored();
      }
    }
    double pushing = LaneClient.seconds(start);
    start = System.nanoTime();
    pull(lists.size() * size);
    return new double[] {pushing, LaneClient.seconds(start)};
  }

  private List<Task> tasks(int size) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      tasks.add(Task.of("task-" + lastId++, PAYLOAD));
    }
    return tasks;
  }

  private void pull(int count) throws Exception {
    try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(500))) {
      int left = count;
      while (left > 0) {
        for (Delivery delivery : puller.pull(100, Duration.ofSeconds(2))) {
          var unused = delivery.ackAsync();
          left--;
        }
      }
    }
    while (partition.stats().backlog() > 0) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
