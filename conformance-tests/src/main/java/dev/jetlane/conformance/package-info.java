/**
 * The rules of a Jetlane queue as properties that any implementation can be held to.
 *
 * <pre>
 *  rule family ──► plans (data, generated and shrunk by jqwik)
 *                    │
 *                    ▼
 *  harness ──► PlanRunner ──► History ──► Oracle ──► Verdict: violations by rule id, evidence by rule id
 *  (the queue and its time)   (what was asked, when, what came back)
 * </pre>
 *
 * <p>To run it, subclass {@link dev.jetlane.conformance.TaskQueueConformance} and implement {@link
 * dev.jetlane.conformance.Harness}. {@code RULES.md} of this module has every rule in words.
 */
@NullMarked
package dev.jetlane.conformance;

import org.jspecify.annotations.NullMarked;
