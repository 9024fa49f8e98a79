/**
 * The parts of the front that only a simulation uses: servers in a simulated time, clients with a
 * process that can die, faults that something else decides about.
 */
@NullMarked
package dev.jetlane.inmemory.stage;

import org.jspecify.annotations.NullMarked;
