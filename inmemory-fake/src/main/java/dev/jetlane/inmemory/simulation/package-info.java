/**
 * A simulation of the user's own workers, producers and threads on the fake: {@link
 * dev.jetlane.inmemory.simulation.Simulation}. One thread runs at a time. A seed decides which
 * thread continues, which fault happens where, and how long it lasts.
 *
 * <p>Each call of the queue begins in {@link dev.jetlane.inmemory.time.SimulatedTime}, which asks
 * {@link dev.jetlane.inmemory.simulation.Scheduler} for the next thread.
 *
 * <p>A class knows only classes further down in this list: {@code Run} tries seeds and {@code
 * Shrinker} shortens; {@code Player} plays one history; {@code FaultPlay} injects faults; {@code
 * World} has the processes and conditions; {@code ClientThreads} and {@code CallFaults} belong to
 * its clients and its server; {@code Scheduler} passes the turn between {@code Actor}s, each on a
 * {@code Carrier}; {@code SimulatedProcess} and {@code Decisions} hold values.
 */
@NullMarked
package dev.jetlane.inmemory.simulation;

import org.jspecify.annotations.NullMarked;
