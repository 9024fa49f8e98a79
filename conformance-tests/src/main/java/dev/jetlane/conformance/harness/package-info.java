/**
 * The part of the suite that an implementation provides: a queue over empty storage, its time, and
 * its capabilities.
 *
 * <p>This is the lowest package of the suite. It depends on the public API of the queue, and not on
 * plans, runs or rules.
 */
@NullMarked
package dev.jetlane.conformance.harness;

import org.jspecify.annotations.NullMarked;
