package dev.jetlane.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Pulls that returned nothing, counted apart: as operations they would inflate the throughput. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class EmptyPulls {

  /** Public because JMH reads it. */
  public long emptyPulls;
}
