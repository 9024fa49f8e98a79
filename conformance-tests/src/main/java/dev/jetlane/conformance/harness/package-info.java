/**
 * What an implementation brings to be tested: a queue over empty storage, its time, and what it can
 * do.
 *
 * <p>The lowest room of the kit. It knows the public API of the queue and nothing of plans, runs or
 * rules.
 */
@NullMarked
package dev.jetlane.conformance.harness;

import org.jspecify.annotations.NullMarked;
