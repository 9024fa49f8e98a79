/**
 * Scenarios as data: settings, steps, scripts, and the generators of random plans.
 *
 * <p>Every list of steps is a plan, so a failing plan shrinks by leaving steps out. This package
 * neither runs nor judges plans.
 */
@NullMarked
package dev.jetlane.conformance.plan;

import org.jspecify.annotations.NullMarked;
