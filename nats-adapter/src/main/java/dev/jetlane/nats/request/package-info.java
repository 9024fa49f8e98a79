/**
 * Exchanges with the server, each with a deadline: confirmed requests for pushes and settlements
 * ({@link dev.jetlane.nats.request.RequestTable}, the only class that decides when to flush), and
 * requests to the JetStream API ({@link dev.jetlane.nats.request.JetStreamApi}). The package
 * depends on the connection, and not on pulls. The differences of another program's stored format
 * are behind one interface, {@link dev.jetlane.nats.request.Dialect}. A push enters here as a
 * {@link dev.jetlane.nats.request.TaskPush} and leaves through the writer of the connection.
 */
@NullMarked
package dev.jetlane.nats.request;

import org.jspecify.annotations.NullMarked;
