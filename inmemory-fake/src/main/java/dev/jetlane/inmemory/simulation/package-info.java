/**
 * A simulation of the user's own workers, producers and threads on the fake: {@link
 * dev.jetlane.inmemory.simulation.Simulation}. One thread runs at a time. A seed decides which
 * thread continues, which fault happens where, and how long it lasts.
 *
 * <p>Each call of the queue begins in {@link dev.jetlane.inmemory.time.SimulatedTime}, which asks
 * {@link dev.jetlane.inmemory.simulation.Scheduler} for the next thread.
 */
@NullMarked
package dev.jetlane.inmemory.simulation;

import org.jspecify.annotations.NullMarked;
