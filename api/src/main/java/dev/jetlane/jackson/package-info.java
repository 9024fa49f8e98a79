/**
 * A codec of JSON for {@link dev.jetlane.Partition#typed}, with Jackson 2, an optional dependency:
 * users of this package need {@code jackson-databind} on the class path.
 */
@NullMarked
package dev.jetlane.jackson;

import org.jspecify.annotations.NullMarked;
