/**
 * A simulation of the user's own workers, producers and threads on the fake: {@link
 * dev.jetlane.inmemory.simulation.Simulation}. One thread runs at a time. A seed decides which one
 * goes on, which fault happens where, and how long things take.
 *
 * <p>A task passes through here only in that its calls begin in {@link
 * dev.jetlane.inmemory.time.SimulatedTime}, which asks {@link
 * dev.jetlane.inmemory.simulation.Scheduler} who goes on.
 */
@NullMarked
package dev.jetlane.inmemory.simulation;

import org.jspecify.annotations.NullMarked;
