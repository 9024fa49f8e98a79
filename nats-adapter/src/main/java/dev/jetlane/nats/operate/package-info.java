/** What an administrator does to a queue as a whole. */
@NullMarked
package dev.jetlane.nats.operate;

import org.jspecify.annotations.NullMarked;
