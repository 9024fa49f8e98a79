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
 * What the push benchmarks have in common: a rival fills an empty stream on the clock, which stops
 * when the server has confirmed every task, and the run fails unless the stream then holds exactly
 * those. Throughput counts tasks.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup methods before anything else.
public abstract class PushState {

  @Param("FILE")
  public Storage storage;

  @Param("128")
  public int payloadBytes;

  private final int tasks;
  private final boolean oneByOne;
  private ServerUnderTest server;
  private Backlog backlog;
  private PushLoop loop;

  PushState(int tasks, boolean oneByOne) {
    this.tasks = tasks;
    this.oneByOne = oneByOne;
  }

  abstract PushRival rival();

  @Setup(Level.Trial)
  public void open() throws Exception {
    server = ServerUnderTest.require();
    Target target = new Target(ServerUnderTest.url(), storage, 1);
    byte[] payload = Target.payload(payloadBytes);
    backlog = Backlog.create(target, payload, true);
    loop = rival().open(target, payload, oneByOne);
  }

  @TearDown(Level.Invocation)
  public void requireAllStored() throws Exception {
    backlog.requireTasks(tasks);
    backlog.purge();
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

  final void push() throws Exception {
    loop.push(tasks);
  }
}
