/**
 * What an operator does: reading, redriving and purging dead letters, and moving a queue to more
 * streams. It uses all other rooms but ArmoniK's, and none of them knows it.
 */
@NullMarked
package dev.jetlane.nats.operate;

import org.jspecify.annotations.NullMarked;
