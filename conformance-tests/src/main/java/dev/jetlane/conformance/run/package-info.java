/**
 * Runs plans and scenes against a harness, records the history, and ties a property to its rule.
 *
 * <p>{@code RuleRun} is the entry point for the rules: it opens a harness, runs the plan with
 * {@code PlanRunner}, and passes the history to the oracle.
 */
@NullMarked
package dev.jetlane.conformance.run;

import org.jspecify.annotations.NullMarked;
