/**
 * The stored format: which streams a queue has, and the subjects, consumer names, message ids and
 * headers of what it stores. It knows no connection and no other room. A task enters as an id and a
 * partition and leaves as names ({@link dev.jetlane.nats.layout.PartitionAddress}).
 */
@NullMarked
package dev.jetlane.nats.layout;

import org.jspecify.annotations.NullMarked;
