package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/**
 * Pull and ack of one task at a time, and the loop of confirmed acks: the slow ways, each of which
 * pays a round trip for every task unless it prefetches. The baseline is {@code JNATS_FETCH}, here
 * {@code fetch(1)}.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar SinglePullBenchmark -prof gc
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters.
public class SinglePullBenchmark extends PullState {

  static final int TASKS = 1_000;

  @Param({
    "JETLANE_PREFETCH",
    "JETLANE_PREFETCH_UNCONFIRMED",
    "JETLANE_UNCONFIRMED",
    "JETLANE_BLOCKING",
    "JNATS_FETCH",
    "JNATS_ACK_SYNC",
    "LOOK_UP_EACH_PULL"
  })
  public PullRival rival;

  @Param("1")
  public int batch;

  public SinglePullBenchmark() {
    super(TASKS);
  }

  /** Empties a stream of {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pullAck(EmptyPulls emptyPulls) throws Exception {
    drain(emptyPulls);
  }

  @Override
  PullRival rival() {
    return rival;
  }

  @Override
  int batch() {
    return batch;
  }
}
