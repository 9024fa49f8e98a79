/**
 * Examines a queue and its server, and reports each problem with evidence and advice. It changes
 * nothing. The package depends on the calls of an operator ({@code operate}) and the comparison of
 * settings ({@code provision}); only the front depends on it.
 */
@NullMarked
package dev.jetlane.nats.doctor;

import org.jspecify.annotations.NullMarked;
