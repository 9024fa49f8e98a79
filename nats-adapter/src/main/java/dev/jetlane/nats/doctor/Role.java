// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The accounts of {@code docs/permissions.conf}, and the subjects to which each publishes. */
enum Role {
  PRODUCER,
  /**
   * Publishes also to its partition: after the last attempt a task is given back by storing it
   * again as a new one.
   */
  WORKER,
  ADMINISTRATOR,
  MONITOR,
  OPERATOR;

  /** Whether its rights are for single partitions. */
  boolean isOfPartitions() {
    return this == PRODUCER || this == WORKER;
  }

  /**
   * Returns the subjects that it needs.
   *
   * @param partition the partition of a producer or worker; {@code *} for all
   */
  List<String> subjects(QueueLayout layout, String partition) {
    List<PartitionAddress> addresses = layout.addresses(partition);
    List<String> all = new ArrayList<>();
    switch (this) {
      case PRODUCER -> addresses.forEach(address -> all.add(address.subject));
      case WORKER -> {
        addresses.forEach(address -> all.add(address.nextSubject));
        addresses.forEach(address -> all.add(address.ackPrefix + ">"));
        all.add(addresses.get(0).deadSubjects());
        addresses.forEach(address -> all.add(address.subject));
      }
      case ADMINISTRATOR -> {
        streams(layout, all, "STREAM.INFO.", "STREAM.CREATE.", "STREAM.UPDATE.");
        consumers(layout, all, "CONSUMER.CREATE.%s.>", "CONSUMER.INFO.%s.*");
        letters(layout, all, "STREAM.MSG.GET.", "STREAM.MSG.DELETE.", "STREAM.PURGE.");
        pushes(layout, all);
      }
      case MONITOR -> {
        streams(layout, all, "STREAM.INFO.");
        consumers(layout, all, "CONSUMER.INFO.%s.*");
        letters(layout, all, "STREAM.MSG.GET.");
      }
      case OPERATOR -> {
        all.add(layout.apiPrefix() + "INFO");
        all.add(layout.apiPrefix() + "STREAM.NAMES");
        streams(layout, all, "STREAM.INFO.", "STREAM.MSG.GET.");
        streams(layout, all, "STREAM.MSG.DELETE.", "STREAM.PURGE.");
        consumers(layout, all, "CONSUMER.LIST.%s", "CONSUMER.INFO.%s.*");
        consumers(layout, all, "CONSUMER.DELETE.%s.*", "CONSUMER.PAUSE.%s.*");
        pushes(layout, all);
        indexes(layout).forEach(index -> all.add(layout.delayedSubjects(index)));
      }
    }
    return all;
  }

  private static IntStream indexes(QueueLayout layout) {
    return IntStream.range(0, layout.streams());
  }

  /** Adds requests on the streams of tasks and the stream of dead letters. */
  private static void streams(QueueLayout layout, List<String> all, String... requests) {
    for (String request : requests) {
      indexes(layout)
          .forEach(index -> all.add(layout.apiPrefix() + request + layout.streamName(index)));
    }
    letters(layout, all, requests);
  }

  private static void letters(QueueLayout layout, List<String> all, String... requests) {
    for (String request : requests) {
      all.add(layout.apiPrefix() + request + layout.deadStream());
    }
  }

  private static void consumers(QueueLayout layout, List<String> all, String... requests) {
    for (String request : requests) {
      indexes(layout)
          .forEach(
              index -> all.add(layout.apiPrefix() + request.formatted(layout.streamName(index))));
    }
  }

  private static void pushes(QueueLayout layout, List<String> all) {
    for (int priority = 0; priority < layout.priorities(); priority++) {
      for (int index = 0; index < layout.streams(); index++) {
        all.add(PartitionAddress.subject(layout.prefix(index) + "*", priority));
      }
    }
  }
}
