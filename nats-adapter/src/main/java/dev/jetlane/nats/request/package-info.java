/**
 * Exchanges with the server, each with a deadline: requests that are confirmed, for pushes and
 * settlements alike ({@link dev.jetlane.nats.request.RequestTable}, the only class that decides
 * when to flush), and questions to the JetStream API ({@link
 * dev.jetlane.nats.request.JetStreamApi}). It knows the connection, not how tasks are pulled. What
 * another program's stored format does differently is behind one interface, {@link
 * dev.jetlane.nats.request.Dialect}. A push enters here as a {@link
 * dev.jetlane.nats.request.TaskPush} and leaves through the writer of the connection.
 */
@NullMarked
package dev.jetlane.nats.request;

import org.jspecify.annotations.NullMarked;
