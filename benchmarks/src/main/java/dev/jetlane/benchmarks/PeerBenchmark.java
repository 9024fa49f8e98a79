// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Compares the queue with its alternatives, each with its own server on loopback and its usual
 * calls. The run fails unless each queue then holds the expected tasks.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar PeerBenchmark.handle -p rival=JETLANE,REDIS
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls the @Setup methods first.
public class PeerBenchmark extends OnServer {

  private static final int TASKS = 40_000;
  private static final Duration LAG = Duration.ofSeconds(30);

  /** The queue. */
  @Param({"JETLANE", "RABBITMQ", "REDIS", "POSTGRESQL"})
  public PeerRival rival;

  private boolean handles;
  private PeerClient client;

  /** Pushes 40,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void push(TaskCounters counters) throws Exception {
    long before = clientMicros();
    client.push(TASKS);
    counters.tasks += TASKS;
    counters.clientMicros += clientMicros() - before;
  }

  /** Handles and acknowledges 40,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void handle(TaskCounters counters) throws Exception {
    long before = clientMicros();
    client.handle(TASKS);
    counters.tasks += TASKS;
    counters.clientMicros += clientMicros() - before;
  }

  @Setup(Level.Trial)
  public void work(BenchmarkParams parameters) {
    handles = parameters.getBenchmark().endsWith(".handle");
  }

  @Override
  Target target(String url) {
    return Target.plain(url, storage);
  }

  @Override
  boolean ids() {
    return true;
  }

  @Override
  void open(Target target, byte[] payload) throws Exception {
    client = client(target, payload);
    client.purge();
  }

  private PeerClient client(Target target, byte[] payload) throws Exception {
    return switch (rival) {
      case JETLANE -> new JetlanePeer(target, backlog(), payload);
      case RABBITMQ -> new RabbitPeer(PeerServer.require(rival), payload);
      case REDIS -> new RedisPeer(PeerServer.require(rival), payload);
      case POSTGRESQL -> new PostgresPeer(PeerServer.require(rival), payload);
    };
  }

  @Setup(Level.Invocation)
  public void fill() throws Exception {
    if (handles) {
      client.push(TASKS);
    }
  }

  /** A count may lag behind the confirmations. */
  @TearDown(Level.Invocation)
  public void requireDone() throws Exception {
    long expected = handles ? 0 : TASKS;
    long start = System.nanoTime();
    long left = client.left();
    while (left != expected && System.nanoTime() - start < LAG.toNanos()) {
      left = client.left();
    }
    if (left != expected) {
      throw new IllegalStateException(
          rival.label() + " holds " + left + " tasks and should hold " + expected);
    }
    client.purge();
  }

  @Override
  void release() throws Exception {
    client.close();
  }
}
