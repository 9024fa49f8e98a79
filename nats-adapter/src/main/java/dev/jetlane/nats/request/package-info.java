/** Exchanges with the server: requests that are confirmed, and the JetStream API. */
@NullMarked
package dev.jetlane.nats.request;

import org.jspecify.annotations.NullMarked;
