/**
 * The parts of the fake that only a simulation uses: servers in simulated time, clients with a
 * process that can crash, and faults that the simulation decides.
 */
@NullMarked
package dev.jetlane.inmemory.stage;

import org.jspecify.annotations.NullMarked;
