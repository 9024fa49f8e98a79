/**
 * What a person reads: the text and the timeline of a failure, and the ledger of a suite.
 *
 * <p>It knows histories and verdicts. It decides nothing.
 */
@NullMarked
package dev.jetlane.conformance.report;

import org.jspecify.annotations.NullMarked;
