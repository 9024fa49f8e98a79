// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * The time from just before a task is sent, over a bare socket, until a waiting puller has it. One
 * task is in flight at a time. Each is sent after the server reports that a pull request waits and
 * no task is outstanding. The figures are {@code p50Nanos} and {@code p99Nanos}; the score is only
 * the number of tasks.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar LatencyBenchmark
 * }</pre>
 */
@Measurement(iterations = 1, time = 3)
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls the @Setup methods first.
public class LatencyBenchmark extends OnServer {

  static final int TASKS = 100;
  private static final Pattern READY =
      Pattern.compile("\"num_ack_pending\":0,.*\"num_waiting\":[1-9]");

  /** The waiting rival. */
  @Param({
    "JETLANE",
    "JETLANE_PREFETCH",
    "WORKER",
    "JNATS_FETCH",
    "JNATS_CONSUME",
    "LOOK_UP_EACH_PULL",
    "SOCKET"
  })
  public WaitRival rival;

  /** The number of priorities of the queue; the tasks have the lowest one. */
  @Param("1")
  public int priorities;

  private final Arrivals arrivals = new Arrivals();
  private long[] samples = new long[TASKS];
  private int sampled;
  private Place place;
  private Waiter waiter;
  private Thread thread;
  private Wire pusher;
  private byte[] subject;
  private byte[] payload;
  private volatile boolean closing;

  @Override
  Target target(String url) {
    return Target.plain(url, storage).withPriorities(priorities);
  }

  @Override
  boolean ids() {
    return false;
  }

  @Override
  void open(Target target, byte[] newPayload) throws Exception {
    place = backlog().places().get(0);
    pusher = new Wire(target.url());
    subject = Wire.ascii(place.subject());
    payload = newPayload;
    waiter = rival.open(target, place);
    closing = false;
    thread = new Thread(this::waitForTasks, "waiter");
    thread.start();
  }

  private void waitForTasks() {
    try {
      waiter.run(arrivals);
    } catch (Exception e) {
      if (!closing) {
        try {
          arrivals.failed(e);
        } catch (InterruptedException closed) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  @Setup(Level.Iteration)
  public void forget() {
    sampled = 0;
  }

  /** Sends a hundred tasks, one after the other. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pushToPulled(LatencyCounters counters) throws Exception {
    for (int task = 0; task < TASKS; task++) {
      awaitReady();
      long sent = System.nanoTime();
      pusher.publish(subject, pusher.address("stored"), payload);
      pusher.next();
      record(arrivals.await() - sent);
    }
    long[] sorted = Arrays.copyOf(samples, sampled);
    Arrays.sort(sorted);
    counters.p50Nanos = sorted[sampled / 2];
    counters.p99Nanos = sorted[sampled * 99 / 100];
  }

  private void awaitReady() throws IOException {
    String info = "$JS.API.CONSUMER.INFO." + place.stream() + "." + place.consumer();
    long start = System.nanoTime();
    String state = pusher.request(info, "");
    while (!READY.matcher(state).find()) {
      if (System.nanoTime() - start > 30_000_000_000L) {
        throw new IOException("no pull request waits for a task: " + state);
      }
      state = pusher.request(info, "");
    }
  }

  private void record(long nanos) {
    if (sampled == samples.length) {
      samples = Arrays.copyOf(samples, sampled * 2);
    }
    samples[sampled++] = nanos;
  }

  @Override
  void release() throws Exception {
    closing = true;
    waiter.close();
    thread.interrupt();
    thread.join(10_000);
    pusher.close();
    backlog().requireTasks(0);
  }
}
