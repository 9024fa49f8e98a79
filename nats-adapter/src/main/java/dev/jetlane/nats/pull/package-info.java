/** Pulling tasks and settling them. */
@NullMarked
package dev.jetlane.nats.pull;

import org.jspecify.annotations.NullMarked;
