/** The snippets of the documentation, compiled and run. */
@NullMarked
package dev.jetlane.docs;

import org.jspecify.annotations.NullMarked;
