/**
 * Judges a recorded history: which rules the queue broke, and which rules the plan tested.
 *
 * <p>The entry point is {@link dev.jetlane.conformance.oracle.Overrun#judge}, which passes the
 * history to the oracle and its judges. This package shares no code with a queue. It reads only the
 * history.
 */
@NullMarked
package dev.jetlane.conformance.oracle;

import org.jspecify.annotations.NullMarked;
