// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The cost of strict order by key, with many lanes that each have at most one unsettled task. Every
 * figure is a ratio to one consumer without that limit, computed within a round.
 */
final class Lanes {

  private static final List<Integer> COUNTS = List.of(1, 16, 64, 256);
  private static final int PER_STREAM = 16;
  private static final int TASKS = 8_192;
  private static final int SINGLES = 200;
  private static final int HANDLERS = 8;
  private static final Duration WORK = Duration.ofMillis(10);
  private static final Duration LONG = Duration.ofSeconds(60);

  private final PrintStream out;
  private final ServerUnderTest server;
  private final Connection connection;
  private final Random random = new Random(1);

  /** The values of all rounds, by row and column. */
  private final Map<String, Map<String, List<Double>>> figures = new LinkedHashMap<>();

  private Lanes(PrintStream out, ServerUnderTest server, Connection connection) {
    this.out = out;
    this.server = server;
    this.connection = connection;
  }

  /** Measures on each server. */
  static int run(List<String> arguments, PrintStream out) throws Exception {
    int rounds = arguments.isEmpty() ? 5 : Integer.parseInt(arguments.get(0));
    for (String folder : List.of(".nats/2.10", ".nats/latest")) {
      Path binary = Path.of(folder, "nats-server");
      if (!Files.isExecutable(binary)) {
        out.println(binary + " is missing: run .ci/setup --all");
        continue;
      }
      try (ServerUnderTest server = ServerUnderTest.require(binary.toString());
          Connection connection = Nats.connect(ServerUnderTest.url())) {
        out.println(server.description() + ", " + rounds + " rounds, file storage");
        new Lanes(out, server, connection).measure(rounds);
      }
    }
    return 0;
  }

  private void measure(int rounds) throws Exception {
    for (int round = 0; round <= rounds; round++) {
      if (round == 1) {
        figures.clear(); // The first round was the warm-up.
      }
      Map<String, Double> base = figuresOf(1, 1, 10_000);
      note("one consumer, no limit", base, Map.of());
      for (int lanes : COUNTS) {
        note(lanes + " in one stream", figuresOf(lanes, 1, 1), base);
        if (lanes > PER_STREAM) {
          int streams = lanes / PER_STREAM;
          note(lanes + " over " + streams + " streams", figuresOf(lanes, streams, 1), base);
        }
      }
    }
    figures.forEach(
        (row, columns) -> {
          out.println(row);
          columns.forEach((column, values) -> out.println("  " + column + ": " + text(values)));
        });
  }

  private void note(String row, Map<String, Double> figuresOfRow, Map<String, Double> base) {
    Map<String, List<Double>> columns = figures.computeIfAbsent(row, r -> new LinkedHashMap<>());
    figuresOfRow.forEach(
        (column, value) -> {
          Double reference = column.startsWith("x ") ? base.get(column) : null;
          double shown = reference == null ? value : value / reference;
          columns.computeIfAbsent(column, c -> new ArrayList<>()).add(shown);
        });
  }

  private static String text(List<Double> values) {
    Spread spread = Spread.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    return String.format(
        Locale.ROOT, "%.2f [%.2f..%.2f]", spread.median(), spread.min(), spread.max());
  }

  private Map<String, Double> figuresOf(int lanes, int streams, long outstanding) throws Exception {
    Map<String, Double> all = new LinkedHashMap<>();
    try (LaneField field = LaneField.create(connection, lanes, streams, outstanding)) {
      all.put("x throughput (tasks/s)", throughput(field));
      latency(field, all);
      all.put("idle lanes, server us per second", idleCost(field));
      all.put("request to all lanes, ms", askAllMillis(field));
      all.put("leased without room at 50 % load, %", withoutRoom(field, 0.5));
      all.put("leased without room at 90 % load, %", withoutRoom(field, 0.9));
    }
    return all;
  }

  private double throughput(LaneField field) throws Exception {
    field.fill(TASKS);
    CountDownLatch left = new CountDownLatch(TASKS);
    try (LaneClient client = new LaneClient(connection, field, message -> ackTask(message, left))) {
      long start = System.nanoTime();
      client.waitOnAll(LONG);
      await(left);
      return TASKS / LaneClient.seconds(start);
    }
  }

  private static void ackTask(Message message, CountDownLatch left) {
    if (!message.isStatusMessage()) {
      message.ack();
      left.countDown();
    }
  }

  private static void await(CountDownLatch left) throws InterruptedException {
    if (!left.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(left.getCount() + " tasks were not delivered");
    }
  }

  /**
   * Measures the time from the push of a task to its arrival, one task at a time, while every lane
   * waits.
   */
  private void latency(LaneField field, Map<String, Double> all) throws Exception {
    Semaphore arrived = new Semaphore(0);
    try (LaneClient client =
        new LaneClient(
            connection,
            field,
            message -> {
              if (!message.isStatusMessage()) {
                arrived.release();
                message.ack();
              }
            })) {
      client.waitOnAll(LONG);
      double[] micros = new double[SINGLES];
      for (int i = 0; i < SINGLES; i++) {
        long start = System.nanoTime();
        field.push(random.nextInt(field.lanes()));
        if (!arrived.tryAcquire(10, TimeUnit.SECONDS)) {
          throw new IllegalStateException("a task was not delivered");
        }
        micros[i] = LaneClient.seconds(start) * 1e6;
        TimeUnit.MILLISECONDS.sleep(1);
      }
      Arrays.sort(micros);
      all.put("x latency from idle, p50 (us)", micros[SINGLES / 2]);
      all.put("x latency from idle, p95 (us)", micros[SINGLES * 95 / 100]);
    }
  }

  /** Measures the cost of a waiting request in every lane, which is repeated each second. */
  private double idleCost(LaneField field) throws Exception {
    try (LaneClient client = new LaneClient(connection, field, message -> {})) {
      client.waitOnAll(Duration.ofSeconds(1));
      TimeUnit.MILLISECONDS.sleep(200);
      long before = server.cpuMicros();
      long start = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        TimeUnit.MILLISECONDS.sleep(1_000);
        client.waitOnAll(Duration.ofSeconds(1));
      }
      return (server.cpuMicros() - before) / LaneClient.seconds(start);
    }
  }

  /**
   * Measures a pull that does not wait, over empty lanes, until each lane has reported that it is
   * empty.
   */
  private double askAllMillis(LaneField field) throws Exception {
    Semaphore answers = new Semaphore(0);
    try (LaneClient client = new LaneClient(connection, field, message -> answers.release())) {
      double[] millis = new double[21];
      for (int i = 0; i < millis.length; i++) {
        long start = System.nanoTime();
        client.askAll();
        if (!answers.tryAcquire(field.lanes(), 10, TimeUnit.SECONDS)) {
          throw new IllegalStateException("only " + answers.availablePermits() + " lanes answered");
        }
        millis[i] = LaneClient.seconds(start) * 1e3;
      }
      return Spread.of(millis).median();
    }
  }

  /**
   * Measures how many tasks arrive while all handlers of a worker with a waiting request in every
   * lane are busy. The tasks arrive at random moments and in random lanes.
   */
  private double withoutRoom(LaneField field, double load) throws Exception {
    double perSecond = load * HANDLERS / (WORK.toNanos() / 1e9);
    int tasks = (int) (2 * perSecond);
    AtomicInteger waiting = new AtomicInteger();
    CountDownLatch left = new CountDownLatch(tasks);
    try (LaneHandlers handlers = new LaneHandlers(HANDLERS, WORK, left);
        LaneClient client =
            new LaneClient(
                connection,
                field,
                message -> {
                  if (!message.isStatusMessage() && !handlers.handle(message)) {
                    waiting.incrementAndGet();
                  }
                })) {
      client.waitOnAll(LONG);
      long next = System.nanoTime();
      for (int i = 0; i < tasks; i++) {
        next += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
        long pause = next - System.nanoTime();
        if (pause > 0) {
          TimeUnit.NANOSECONDS.sleep(pause);
        }
        field.push(random.nextInt(field.lanes()));
      }
      await(left);
    }
    return 100.0 * waiting.get() / tasks;
  }
}
