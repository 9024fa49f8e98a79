package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * The tasks of many partitions, pulled in turn in batches of 100 from each: what a server makes of
 * many consumers, in one stream or spread over several.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar PartitionsBenchmark -p rival=JETLANE -p partitions=1,512
 * }</pre>
 */
public class PartitionsBenchmark extends PullState {

  /** A batch for each of 512 partitions. */
  static final int TASKS = 51_200;

  public PartitionsBenchmark() {
    super(TASKS);
  }

  /** Empties partitions that hold {@link #TASKS} together. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pullAck(TaskCounters counters) throws Exception {
    drain(counters);
  }

  @Override
  int batch() {
    return 100;
  }
}
