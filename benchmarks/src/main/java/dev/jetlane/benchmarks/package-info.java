/**
 * JMH benchmarks of the queue beside plain jnats, and beside the limit that the server sets. Not
 * published.
 */
@NullMarked
package dev.jetlane.benchmarks;

import org.jspecify.annotations.NullMarked;
