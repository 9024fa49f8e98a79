// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.TaskQueue;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The streams of a run: the queue creates them, then they are looked up on the server. */
final class Topology {

  /** The name of the first server of a cluster. */
  private static final String FIRST = "n0";

  private Topology() {}

  /** Opens all partitions with the queue's own settings, and returns their places. */
  static List<Place> create(Target target) throws Exception {
    Connection connection = Connections.open(target);
    try {
      JetStreamManagement management = connection.jetStreamManagement();
      delete(management);
      try (TaskQueue queue = target.connect()) {
        for (int partition = 0; partition < target.partitions(); partition++) {
          queue.partition(Target.partition(partition));
        }
      }
      List<Place> places = places(management, target.partitions());
      if (target.replicas() > 1) {
        try (Wire wire = new Wire(target.url())) {
          for (Place place : places) {
            lead(wire, "STREAM", place.stream());
            lead(wire, "CONSUMER", place.stream() + "." + place.consumer());
          }
        }
      }
      return places;
    } finally {
      Connections.close(connection);
    }
  }

  /**
   * Makes the first server of a cluster, to which all clients are connected, the leader. Otherwise
   * the path over another server would differ from round to round.
   */
  private static void lead(Wire wire, String kind, String name)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    String info = "$JS.API." + kind + ".INFO." + name;
    while (!wire.request(info, "").contains("\"leader\":\"" + FIRST + "\"")) {
      if (System.nanoTime() - start >= Target.TIMEOUT.toNanos()) {
        throw new IOException(FIRST + " does not become the leader of " + name);
      }
      try {
        wire.request(
            "$JS.API." + kind + ".LEADER.STEPDOWN." + name,
            "{\"placement\":{\"preferred\":\"" + FIRST + "\"}}");
      } catch (IOException noLeaderYet) {
        // The next check of the leader shows whether it succeeded.
      }
      Thread.sleep(200);
    }
  }

  static void delete(Target target) throws Exception {
    Connection connection = Connections.open(target);
    try {
      delete(connection.jetStreamManagement());
    } finally {
      Connections.close(connection);
    }
  }

  private static void delete(JetStreamManagement management) throws Exception {
    for (String stream : management.getStreamNames()) {
      if (stream.startsWith(Target.STREAM)) {
        management.deleteStream(stream);
      }
    }
  }

  private static List<Place> places(JetStreamManagement management, int partitions)
      throws Exception {
    Map<String, ConsumerInfo> consumers = new HashMap<>();
    for (String stream : management.getStreamNames()) {
      if (stream.startsWith(Target.STREAM) && !stream.endsWith(Target.DEAD_SUFFIX)) {
        management.getConsumers(stream).forEach(info -> consumers.put(info.getName(), info));
      }
    }
    List<Place> places = new ArrayList<>();
    for (int index = 0; index < partitions; index++) {
      String partition = Target.partition(index);
      ConsumerInfo info = consumers.get(partition);
      if (info == null) {
        throw new IOException("partition " + partition + " has no consumer");
      }
      places.add(
          new Place(
              index,
              partition,
              info.getStreamName(),
              info.getName(),
              info.getConsumerConfiguration().getFilterSubject()));
    }
    return places;
  }
}
