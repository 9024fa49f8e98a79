// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Pushes with a confirmation for each task, pipelined or one by one, compared with jnats and with
 * the limit of the server. A rival fills an empty stream on the clock. The clock stops when the
 * server has confirmed every task. The run fails unless the stream then holds exactly these tasks.
 * Throughput counts tasks.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar PushBenchmark.push$ -p rival=JETLANE_ALL,JNATS_ASYNC
 * java -jar benchmarks/target/benchmarks.jar PushBenchmark.pushFew -p rival=JETLANE_PUSH,JNATS_SYNC
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls the @Setup methods first.
public class PushBenchmark extends OnServer {

  private static final int TASKS = 20_000;

  /** The number of tasks for rivals that need a round trip for every task. */
  private static final int FEW = 500;

  /** The rival that pushes. */
  @Param({
    "JETLANE_ALL",
    "JETLANE_ASYNC",
    "JETLANE_PUSH",
    "JNATS_ASYNC",
    "JNATS_ASYNC_IDS",
    "JNATS_SYNC",
    "SOCKET",
    "SOCKET_ONE_BY_ONE"
  })
  public PushRival rival;

  private int tasks;
  private long switchesBefore;
  private TaskCounters pushed;
  private PushLoop loop;

  /** Fills a stream with 20,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void push(TaskCounters counters) throws Exception {
    fill(counters);
  }

  /** Fills a stream with 500 tasks. */
  @Benchmark
  @OperationsPerInvocation(FEW)
  public void pushFew(TaskCounters counters) throws Exception {
    fill(counters);
  }

  /** The benchmark method sets the number of tasks. */
  @Setup(Level.Trial)
  public void size(BenchmarkParams parameters) {
    tasks = parameters.getOpsPerInvocation();
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
    loop = rival.open(target, backlog().places().get(0), payload);
  }

  @Setup(Level.Invocation)
  public void count() {
    switchesBefore = ThreadSwitches.count();
  }

  @TearDown(Level.Invocation)
  public void requireAllStored() throws Exception {
    pushed.switches += ThreadSwitches.count() - switchesBefore;
    backlog().requireTasks(tasks);
    backlog().purge();
  }

  @Override
  void release() throws Exception {
    loop.close();
  }

  private void fill(TaskCounters counters) throws Exception {
    long serverBefore = serverMicros();
    long clientBefore = clientMicros();
    loop.push(tasks);
    pushed = counters;
    counters.tasks += tasks;
    counters.serverMicros += serverMicros() - serverBefore;
    counters.clientMicros += clientMicros() - clientBefore;
  }
}
