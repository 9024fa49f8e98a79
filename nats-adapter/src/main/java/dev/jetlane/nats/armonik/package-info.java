/** What only ArmoniK's queue needs. */
@NullMarked
package dev.jetlane.nats.armonik;

import org.jspecify.annotations.NullMarked;
