@NullMarked
package dev.jetlane.benchmarks;

import org.jspecify.annotations.NullMarked;
