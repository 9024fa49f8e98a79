/**
 * The judgement of a recorded history: the rules that it breaks, and the rules that it tested.
 *
 * <p>The entry point is {@link dev.jetlane.conformance.oracle.Overrun#judge}, which passes the
 * history to the oracle and its judges. This package shares no code with a queue and calls none; it
 * reads only the history.
 */
@NullMarked
package dev.jetlane.conformance.oracle;

import org.jspecify.annotations.NullMarked;
