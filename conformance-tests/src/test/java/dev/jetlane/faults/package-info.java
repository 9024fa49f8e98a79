/**
 * Faults in the source of the implementations, and whether the tests see them: each file of {@code
 * conformance-tests/faults} is one. {@code .ci/faults} runs them.
 */
@NullMarked
package dev.jetlane.faults;

import org.jspecify.annotations.NullMarked;
