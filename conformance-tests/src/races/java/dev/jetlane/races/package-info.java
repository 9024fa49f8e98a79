/**
 * Races, for jcstress: two threads meet in one object a hundred thousand times, and each result is
 * one that the class promises. {@code .ci/races} runs them.
 *
 * <p>Those of package-private classes lie in the packages of these classes.
 */
@NullMarked
package dev.jetlane.races;

import org.jspecify.annotations.NullMarked;
