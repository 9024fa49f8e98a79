/**
 * The chaos run: producers and workers on real servers, faults from a seed, a history of every
 * call, and a checker that never saw a queue.
 *
 * <p>The checker is Jepsen's total queue: every pushed task must come out.
 */
@NullMarked
package dev.jetlane.chaos;

import org.jspecify.annotations.NullMarked;
