/**
 * The metrics of a queue for Micrometer, which is an optional dependency: whoever uses this package
 * has {@code micrometer-core} on the class path already.
 *
 * <pre>
 *  TaskQueue --events--&gt; QueueMetrics --counters, timers--&gt; MeterRegistry --&gt; Prometheus, ...
 *      ^                      |                                |
 *      +------- stats --------+ &lt;---------- gauges ------------+
 *        (at most every 10 s)
 * </pre>
 */
@NullMarked
package dev.jetlane.micrometer;

import org.jspecify.annotations.NullMarked;
