/**
 * The rules of a Jetlane queue, as properties that verify any implementation.
 *
 * <pre>
 *  rule family --&gt; plans (data, generated and shrunk by jqwik)
 *                    |
 *                    v
 *  harness --&gt; PlanRunner --&gt; History --&gt; Oracle --&gt; Verdict: violations by rule id, evidence by rule id
 *  (the queue and its time)   (calls, times, results)
 * </pre>
 *
 * <p>To run it, subclass {@link dev.jetlane.conformance.TaskQueueConformance} and implement {@link
 * dev.jetlane.conformance.harness.Harness}. {@code RULES.md} of this module lists every rule.
 *
 * <p>Each of these packages depends only on those after it: {@code rules}, {@code run}, {@code
 * report}, {@code oracle}, {@code plan}, {@code harness}. Only this package and {@code harness} are
 * for users. The others are public because they call each other, and may change at any time.
 */
@NullMarked
package dev.jetlane.conformance;

import org.jspecify.annotations.NullMarked;
