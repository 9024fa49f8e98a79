/** The stored format: streams, subjects, consumer names, message ids, headers. */
@NullMarked
package dev.jetlane.nats.layout;

import org.jspecify.annotations.NullMarked;
