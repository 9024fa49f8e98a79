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
 * The cost of the features of a queue, each compared with the plain path. The run fails unless the
 * streams then hold exactly what they should.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar FeatureBenchmark.feature$ -p rival=PUSH,DUE
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls the @Setup methods first.
public class FeatureBenchmark extends OnServer {

  private static final int TASKS = 10_000;

  /** The number of tasks for features that need round trips for every task. */
  private static final int FEW = 1_000;

  /** The feature, or the plain path that it is compared with. */
  @Param({
    "PUSH",
    "DUE",
    "PULL",
    "PULL_PRIORITIES",
    "WORKER",
    "WORKER_PRIORITIES",
    "WORKER_32",
    "DEAD_LETTERS",
    "LIST_DEAD_LETTERS",
    "REDRIVE",
    "PULL_BESIDE_LEASES",
    "PULL_BESIDE_KEPT_LEASES"
  })
  public FeatureRival rival;

  private int tasks;
  private FeatureLoop loop;

  /** With 10,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void feature(TaskCounters counters) throws Exception {
    run(counters);
  }

  /** With 1,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(FEW)
  public void featureFew(TaskCounters counters) throws Exception {
    run(counters);
  }

  /** The benchmark method sets the number of tasks. */
  @Setup(Level.Trial)
  public void size(BenchmarkParams parameters) {
    tasks = parameters.getOpsPerInvocation();
  }

  @Override
  Target target(String url) {
    return Target.plain(url, storage)
        .withPriorities(rival.priorities())
        .withOutstanding(rival.outstanding());
  }

  @Override
  boolean ids() {
    return true;
  }

  @Override
  void open(Target target, byte[] payload) throws Exception {
    loop = rival.open(target, backlog(), payload);
  }

  @Setup(Level.Invocation)
  public void prepare() throws Exception {
    loop.prepare(tasks);
  }

  @TearDown(Level.Invocation)
  public void check() throws Exception {
    loop.check(tasks);
  }

  @Override
  void release() throws Exception {
    loop.close();
  }

  private void run(TaskCounters counters) throws Exception {
    long serverBefore = serverMicros();
    long clientBefore = clientMicros();
    loop.run(tasks);
    counters.tasks += tasks;
    counters.serverMicros += serverMicros() - serverBefore;
    counters.clientMicros += clientMicros() - clientBefore;
  }
}
