/**
 * What implementations of {@link dev.jetlane.TaskQueue} share. Not for users of a queue.
 *
 * <p>The client's side of a lease is decided here once, so that a fake and a production queue
 * cannot come to differ in it.
 *
 * <pre>
 *  caller --&gt; [Observation: only if there are listeners] --&gt; implementation
 *                                                               |
 *             AbstractDelivery: which settlement wins, what is late --&gt; send...() of the implementation
 * </pre>
 */
@NullMarked
package dev.jetlane.spi;

import org.jspecify.annotations.NullMarked;
