package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * Pull and ack of one task at a time: the slow way, which pays a round trip for every task unless
 * it prefetches. The baseline is {@code JNATS_FETCH}, here {@code fetch(1)}.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar SinglePullBenchmark -prof gc
 * }</pre>
 */
public class SinglePullBenchmark extends PullState {

  static final int TASKS = 1_000;

  public SinglePullBenchmark() {
    super(TASKS);
  }

  /** Empties a stream of {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void oneByOne(TaskCounters counters) throws Exception {
    drain(counters);
  }

  @Override
  int batch() {
    return 1;
  }
}
