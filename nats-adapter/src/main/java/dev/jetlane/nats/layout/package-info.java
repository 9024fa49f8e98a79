/**
 * The stored format: the streams of a queue, and the subjects, consumer names, message ids and
 * headers of its messages. The package depends on no connection and no other package. A task enters
 * as an id and a partition and leaves as names ({@link dev.jetlane.nats.layout.PartitionAddress}).
 */
@NullMarked
package dev.jetlane.nats.layout;

import org.jspecify.annotations.NullMarked;
