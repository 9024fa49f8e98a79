/**
 * The differences of ArmoniK's queue, behind {@link dev.jetlane.nats.request.Dialect}. No other
 * room names it; only the front chooses it.
 */
@NullMarked
package dev.jetlane.nats.armonik;

import org.jspecify.annotations.NullMarked;
