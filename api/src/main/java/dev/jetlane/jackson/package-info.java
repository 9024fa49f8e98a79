/**
 * Values as JSON for {@link dev.jetlane.Partition#typed}, by Jackson 2, an optional dependency:
 * users of this package have {@code jackson-databind} on the class path.
 */
@NullMarked
package dev.jetlane.jackson;

import org.jspecify.annotations.NullMarked;
