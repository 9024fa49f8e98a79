/** The choice of mutants for {@code .ci/pit}. Knows PIT, and nothing of Jetlane. */
@NullMarked
package dev.jetlane.pit;

import org.jspecify.annotations.NullMarked;
