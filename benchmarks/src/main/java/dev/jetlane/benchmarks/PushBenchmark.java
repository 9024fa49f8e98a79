package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/**
 * Pipelined pushes, each task confirmed, beside jnats' {@code publishAsync} and what the server can
 * do at all. The baseline is {@code JNATS_ASYNC}, which checks no ids.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar dev.jetlane.benchmarks.PushBenchmark -prof gc
 * }</pre>
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters.
public class PushBenchmark extends PushState {

  static final int TASKS = 20_000;

  @Param({"JETLANE_ALL", "JETLANE_ASYNC", "JNATS_ASYNC", "JNATS_ASYNC_IDS", "SOCKET"})
  public PushRival rival;

  public PushBenchmark() {
    super(TASKS, false);
  }

  /** Fills a stream with {@link #TASKS}. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pipelined(TaskCounters counters) throws Exception {
    push(counters);
  }

  @Override
  PushRival rival() {
    return rival;
  }
}
