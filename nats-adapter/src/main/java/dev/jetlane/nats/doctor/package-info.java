/**
 * Examines a queue and its server, and says what is wrong, with evidence and advice. It changes
 * nothing. It knows what an operator sees ({@code operate}) and how settings are compared ({@code
 * provision}); no other package but the front knows it.
 */
@NullMarked
package dev.jetlane.nats.doctor;

import org.jspecify.annotations.NullMarked;
