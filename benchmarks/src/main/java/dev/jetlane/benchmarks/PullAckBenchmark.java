package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/**
 * Pull and ack in batches: the hot path of a worker, beside what plain jnats offers and what the
 * server can do at all. The baseline is {@code JNATS_FETCH}.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar dev.jetlane.benchmarks.PullAckBenchmark -prof gc -p storage=FILE,MEMORY
 * }</pre>
 *
 * <p>JMH runs the rivals one after the other, so the scores of one such run are not a fair
 * comparison on a machine that does other things, too. The tour and {@code full} interleave them.
 */
public class PullAckBenchmark extends PullState {

  static final int TASKS = 20_000;

  @Param("100")
  public int batch;

  public PullAckBenchmark() {
    super(TASKS);
  }

  /** Empties a stream of {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pullAck(TaskCounters counters) throws Exception {
    drain(counters);
  }

  @Override
  int batch() {
    return batch;
  }
}
