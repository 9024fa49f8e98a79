/** Delayed tasks: storing them, moving them when they are due, cancelling them. */
@NullMarked
package dev.jetlane.nats.delay;

import org.jspecify.annotations.NullMarked;
