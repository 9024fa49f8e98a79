/**
 * The faults of a server: a proxy that speaks the NATS protocol.
 *
 * <p>{@link dev.jetlane.conformance.proxy.NatsProxy} stands between clients and a server, and reads
 * each message in both directions. {@link dev.jetlane.conformance.proxy.JetlaneRequests} finds the
 * exchange to which a message belongs, and the proxy applies the harm that a test armed for it. It
 * depends on no NATS client.
 */
@NullMarked
package dev.jetlane.conformance.proxy;

import org.jspecify.annotations.NullMarked;
