/**
 * What a recorded history shows: the rules that it breaks, and the rules that it put to the test.
 *
 * <p>The way in is {@link dev.jetlane.conformance.oracle.Overrun#judge}, which hands the history to
 * the oracle and its judges. The room shares no code with any queue and never calls one; all that
 * it knows is in the history.
 */
@NullMarked
package dev.jetlane.conformance.oracle;

import org.jspecify.annotations.NullMarked;
