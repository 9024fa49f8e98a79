// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The counters beside the score, which count only while the clock runs. JMH reads the fields and
 * adds them up over the iterations.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class TaskCounters {

  /** The number of tasks to which the other counters refer. */
  public long tasks;

  /** The number of pulls that returned nothing; as operations they would inflate the throughput. */
  public long emptyPulls;

  /**
   * Processor time of the server; zero if unknown. The kernel counts it in hundredths of a second.
   */
  public long serverMicros;

  /**
   * Processor time of this JVM, including the compiler and the garbage collector, as counted by the
   * kernel.
   */
  public long clientMicros;

  /** The number of context switches of the client's threads. */
  public long switches;
}
