package dev.jetlane.benchmarks;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** What the benchmarks on a server have in common: the server, and streams made anew on it. */
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup methods before anything else.
public abstract class OnServer extends Timed {

  @Param("FILE")
  public Storage storage;

  @Param("128")
  public int payloadBytes;

  /** How many copies the server keeps of each stream; more than one need a cluster. */
  @Param("1")
  public int replicas;

  /**
   * The path of a nats-server; empty for the one that is found first. Without effect where the run
   * has a server already.
   */
  @Param("")
  public String server;

  private final ProcessCpu client = new ProcessCpu(ProcessHandle.current().pid());

  /** The one trial of this JVM that was started and not stopped. */
  private static @Nullable OnServer unfinished;

  private ServerUnderTest running;
  private Backlog backlog;

  OnServer() {}

  abstract Target target(String url);

  abstract boolean ids();

  /** Opens what the benchmark needs, with the streams in place. */
  abstract void open(Target target, byte[] payload) throws Exception;

  abstract void release() throws Exception;

  /**
   * JMH stops nothing after a failure, and a client that is left open would take tasks from those
   * that are measured next.
   */
  private static void stopUnfinished() {
    OnServer left = unfinished;
    unfinished = null;
    if (left != null) {
      try {
        left.stop();
      } catch (Exception e) {
        // It failed before, which is in the report.
      }
    }
  }

  @Setup(Level.Trial)
  public final void start() throws Exception {
    stopUnfinished();
    unfinished = this;
    running = ServerUnderTest.require(server);
    Target target = target(ServerUnderTest.url()).withReplicas(replicas);
    byte[] payload = Target.payload(payloadBytes);
    backlog = Backlog.create(target, payload, ids());
    open(target, payload);
  }

  /** JMH skips this after a failure: see {@link #stopUnfinished}. */
  @TearDown(Level.Trial)
  public final void stop() throws Exception {
    unfinished = null;
    try {
      release();
      backlog.close();
    } finally {
      running.close();
    }
  }

  final Backlog backlog() {
    return backlog;
  }

  /** Processor time of this JVM so far. */
  final long clientMicros() {
    return client.micros();
  }

  /** Processor time of the server so far; of all servers of a cluster. */
  final long serverMicros() {
    return running.cpuMicros();
  }
}
