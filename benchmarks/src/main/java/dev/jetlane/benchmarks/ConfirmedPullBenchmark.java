package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * Batches of 100 whose acks are all confirmed: a loop of {@code ackSync} pays a round trip for
 * each, and is the baseline. Few tasks, because it is slow.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar ConfirmedPullBenchmark -p rival=JETLANE,JNATS_ACK_SYNC
 * }</pre>
 */
public class ConfirmedPullBenchmark extends PullState {

  static final int TASKS = 2_000;

  public ConfirmedPullBenchmark() {
    super(TASKS);
  }

  /** Empties a stream of {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void confirmed(TaskCounters counters) throws Exception {
    drain(counters);
  }

  @Override
  int batch() {
    return 100;
  }
}
