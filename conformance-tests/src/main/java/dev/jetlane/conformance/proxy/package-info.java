/**
 * The hands for faults on a server: a proxy that speaks the NATS protocol.
 *
 * <p>{@link dev.jetlane.conformance.proxy.NatsProxy} stands between clients and a server, reads each
 * message in both directions, knows by {@link dev.jetlane.conformance.proxy.JetlaneRequests} which
 * exchange it belongs to, and does to it what a test armed. It depends on no NATS client.
 */
@NullMarked
package dev.jetlane.conformance.proxy;

import org.jspecify.annotations.NullMarked;
