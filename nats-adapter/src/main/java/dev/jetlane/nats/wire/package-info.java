/** The connection: its state, and the bytes that go out and come in. */
@NullMarked
package dev.jetlane.nats.wire;

import org.jspecify.annotations.NullMarked;
