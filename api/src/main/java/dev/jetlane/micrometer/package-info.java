/**
 * The metrics of a queue for Micrometer, an optional dependency: users of this package need {@code
 * micrometer-core} on the class path.
 *
 * <pre>
 *  TaskQueue --events--&gt; QueueMetrics --counters, timers--&gt; MeterRegistry --&gt; Prometheus, ...
 *      ^                     |  |                               |
 *      +------- stats -------+  | &lt;---------- gauges -----------+
 *        (at most every 10 s)   v
 *                            Worker
 * </pre>
 */
@NullMarked
package dev.jetlane.micrometer;

import org.jspecify.annotations.NullMarked;
