// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import java.util.function.UnaryOperator;

/** The wrappers around all objects of a {@link DelegatingQueue}. */
record Layers(
    UnaryOperator<Partition> partition,
    UnaryOperator<Puller> puller,
    UnaryOperator<Delivery> delivery) {

  static final Layers NONE = new Layers(p -> p, p -> p, d -> d);

  static Layers ofPartition(UnaryOperator<Partition> partition) {
    return new Layers(partition, p -> p, d -> d);
  }

  static Layers ofPuller(UnaryOperator<Puller> puller) {
    return new Layers(p -> p, puller, d -> d);
  }

  static Layers ofDelivery(UnaryOperator<Delivery> delivery) {
    return new Layers(p -> p, p -> p, delivery);
  }
}
