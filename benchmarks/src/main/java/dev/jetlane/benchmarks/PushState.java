package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the push benchmarks have in common: a rival fills an empty stream on the clock, which stops
 * when the server has confirmed every task, and the run fails unless the stream then holds exactly
 * those. Throughput counts tasks.
 */
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup method before anything else.
public abstract class PushState extends OnServer {

  private final int tasks;
  private final boolean oneByOne;
  private PushLoop loop;

  PushState(int tasks, boolean oneByOne) {
    this.tasks = tasks;
    this.oneByOne = oneByOne;
  }

  abstract PushRival rival();

  @Override
  final Target target(String url) {
    return Target.plain(url, storage);
  }

  @Override
  final boolean ids() {
    return true;
  }

  @Override
  final void open(Target target, byte[] payload) throws Exception {
    loop = rival().open(target, backlog().places().get(0), payload, oneByOne);
  }

  @TearDown(Level.Invocation)
  public void requireAllStored() throws Exception {
    backlog().requireTasks(tasks);
    backlog().purge();
  }

  @Override
  final void release() throws Exception {
    loop.close();
  }

  final void push(TaskCounters counters) throws Exception {
    long serverBefore = serverMicros();
    loop.push(tasks);
    counters.tasks += tasks;
    counters.serverMicros += serverMicros() - serverBefore;
  }
}
