package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/**
 * Pushes that wait for their confirmation one by one: a round trip per task. The baseline is {@code
 * JNATS_SYNC}.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar SinglePushBenchmark -prof gc
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters.
public class SinglePushBenchmark extends PushState {

  static final int TASKS = 500;

  @Param({"JETLANE_PUSH", "JNATS_SYNC", "SOCKET"})
  public PushRival rival;

  public SinglePushBenchmark() {
    super(TASKS, true);
  }

  /** Fills a stream with {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void blocking(TaskCounters counters) throws Exception {
    push(counters);
  }

  @Override
  PushRival rival() {
    return rival;
  }
}
