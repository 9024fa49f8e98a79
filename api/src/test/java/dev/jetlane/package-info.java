@NullMarked
package dev.jetlane;

import org.jspecify.annotations.NullMarked;
