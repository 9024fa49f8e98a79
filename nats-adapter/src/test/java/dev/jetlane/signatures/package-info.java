/** The public API of each published module, compared with its {@code .api} file. */
@NullMarked
package dev.jetlane.signatures;

import org.jspecify.annotations.NullMarked;
