/**
 * The readable output: the text and the timeline of a failure, and the ledger of a suite.
 *
 * <p>It reads histories and verdicts, and decides nothing.
 */
@NullMarked
package dev.jetlane.conformance.report;

import org.jspecify.annotations.NullMarked;
