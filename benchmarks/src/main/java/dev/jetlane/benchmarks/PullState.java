package dev.jetlane.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the pull benchmarks have in common: a stream is filled off the clock, a rival empties it on
 * the clock, and the run fails unless the stream is empty afterwards. The clock stops when the
 * server has confirmed the last settlement. Throughput counts tasks, not calls.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup methods before anything else.
public abstract class PullState {

  @Param("FILE")
  public Storage storage;

  @Param("128")
  public int payloadBytes;

  /**
   * Whether the tasks have ids, as everything has that the queue pushed; plain messages have none.
   */
  @Param("true")
  public boolean ids;

  private final int tasks;
  private ServerUnderTest server;
  private Backlog backlog;
  private PullLoop loop;

  PullState(int tasks) {
    this.tasks = tasks;
  }

  abstract PullRival rival();

  abstract int batch();

  @Setup(Level.Trial)
  public void open() throws Exception {
    server = ServerUnderTest.require();
    Target target = new Target(ServerUnderTest.url(), storage, batch());
    backlog = Backlog.create(target, Target.payload(payloadBytes), ids);
    loop = rival().open(target);
  }

  @Setup(Level.Invocation)
  public void fill() throws Exception {
    backlog.fill(tasks);
  }

  @TearDown(Level.Invocation)
  public void requireEmpty() throws Exception {
    loop.afterDrain();
    backlog.requireTasks(0);
  }

  /** JMH skips this after a failure; the server's own shutdown hook stops it then. */
  @TearDown(Level.Trial)
  public void close() throws Exception {
    try {
      loop.close();
      backlog.close();
    } finally {
      server.close();
    }
  }

  final void drain(EmptyPulls emptyPulls) throws Exception {
    loop.drain(tasks, emptyPulls);
  }
}
