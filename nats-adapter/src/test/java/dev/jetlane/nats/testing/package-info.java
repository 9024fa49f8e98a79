/**
 * Starts and stops real NATS servers for tests and benchmarks.
 *
 * <p>Everything begins at {@link dev.jetlane.nats.testing.NatsServer}, which depends on the JDK
 * alone, so that the conformance tests and the benchmarks can use it; Testcontainers is touched
 * only when no server binary is found. {@link dev.jetlane.nats.testing.NatsPlace} puts a server
 * where clients reach it in another way.
 */
@NullMarked
package dev.jetlane.nats.testing;

import org.jspecify.annotations.NullMarked;
