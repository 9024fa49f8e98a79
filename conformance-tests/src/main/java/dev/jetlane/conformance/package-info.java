/**
 * The rules of a Jetlane queue as properties that any implementation can be held to.
 *
 * <pre>
 *  rule family --&gt; plans (data, generated and shrunk by jqwik)
 *                    |
 *                    v
 *  harness --&gt; PlanRunner --&gt; History --&gt; Oracle --&gt; Verdict: violations by rule id, evidence by rule id
 *  (the queue and its time)   (what was asked, when, what came back)
 * </pre>
 *
 * <p>To run it, subclass {@link dev.jetlane.conformance.TaskQueueConformance} and implement {@link
 * dev.jetlane.conformance.Harness}. {@code RULES.md} of this module has every rule in words.
 */
@NullMarked
package dev.jetlane.conformance;

import org.jspecify.annotations.NullMarked;
