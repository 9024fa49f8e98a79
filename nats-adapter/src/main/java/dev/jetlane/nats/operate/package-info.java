/**
 * The calls of an operator: browse and change tasks, redrive and purge dead letters, and move a
 * queue to more streams. The package may use all others except ArmoniK's, and only the doctor and
 * the front depend on it.
 */
@NullMarked
package dev.jetlane.nats.operate;

import org.jspecify.annotations.NullMarked;
