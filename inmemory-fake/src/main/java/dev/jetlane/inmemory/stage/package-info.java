/**
 * What the front of the fake lends to a simulation and to nobody else: servers in a simulated time,
 * clients with a process that can die, faults that something else decides about.
 */
@NullMarked
package dev.jetlane.inmemory.stage;

import org.jspecify.annotations.NullMarked;
