// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The common part of the benchmarks on a server: the server, and newly created streams. */
@SuppressWarnings("NullAway.Init") // JMH calls the @Setup methods before anything else.
public abstract class OnServer extends Timed {

  @Param("FILE")
  public Storage storage;

  @Param("128")
  public int payloadBytes;

  /** The number of copies of each stream; more than one need a cluster. */
  @Param("1")
  public int replicas;

  /**
   * The path of a nats-server; empty for the first one that is found. Has no effect if the run
   * already has a server.
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

  /** Opens the objects of the benchmark, after the streams were created. */
  abstract void open(Target target, byte[] payload) throws Exception;

  abstract void release() throws Exception;

  /**
   * Stops a failed trial, because JMH does not, and an open client would take tasks from the next
   * measurement.
   */
  private static void stopUnfinished() {
    OnServer left = unfinished;
    unfinished = null;
    if (left != null) {
      try {
        left.stop();
      } catch (Exception e) {
        // The report already has the failure of this trial.
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
