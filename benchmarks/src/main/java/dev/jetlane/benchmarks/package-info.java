/**
 * JMH benchmarks of the queue beside plain jnats, and beside the limit that the server sets. Not
 * published.
 *
 * <pre>
 *  Main --&gt; Tour, FullRun, Sweep --&gt; Section --&gt; Contest: rivals side by side, in rounds
 *                                                   |
 *  Standings: ratios within a round &lt;-- Results &lt;-- JMH: PullBenchmark, PushBenchmark, ...
 *      |                                                |
 *      +--&gt; Table (report.txt), Page (index.html)       +--&gt; Topology, Backlog --&gt; nats-server
 * </pre>
 */
@NullMarked
package dev.jetlane.benchmarks;

import org.jspecify.annotations.NullMarked;
