package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The counters beside the score, only while the clock runs. JMH reads the fields and adds them up
 * over the iterations.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class TaskCounters {

  /** The tasks behind the other counters. */
  public long tasks;

  /** Pulls that returned nothing: as operations they would inflate the throughput. */
  public long emptyPulls;

  /**
   * Processor time of the server; zero where it cannot be known. The kernel counts it in hundredths
   * of a second.
   */
  public long serverMicros;

  /**
   * Processor time of this JVM with all that belongs to it, the compiler and the collector too, as
   * the kernel counts it.
   */
  public long clientMicros;

  /** Switches of the client's threads. */
  public long switches;
}
