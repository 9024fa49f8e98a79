/**
 * Examines a queue and its server, and reports each problem with evidence and advice. It changes
 * nothing. It knows what an operator sees ({@code operate}) and how settings are compared ({@code
 * provision}); no other package but the front knows it.
 */
@NullMarked
package dev.jetlane.nats.doctor;

import org.jspecify.annotations.NullMarked;
