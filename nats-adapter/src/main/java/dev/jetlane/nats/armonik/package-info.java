/**
 * The differences of ArmoniK's queue, behind {@link dev.jetlane.nats.request.Dialect}. No other
 * package depends on it except the front, which chooses it.
 */
@NullMarked
package dev.jetlane.nats.armonik;

import org.jspecify.annotations.NullMarked;
