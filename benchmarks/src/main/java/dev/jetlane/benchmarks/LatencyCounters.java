// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Percentiles of one iteration. JMH adds events up over the iterations of a run, which is why
 * {@link LatencyBenchmark} has only one.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class LatencyCounters {

  /** The median. */
  public long p50Nanos;

  /** The 99th percentile. */
  public long p99Nanos;
}
