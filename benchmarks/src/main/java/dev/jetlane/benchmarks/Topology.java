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

/** The streams of a run: made anew by the queue itself, then looked up on the server. */
final class Topology {

  private Topology() {}

  /** Opens all partitions with the queue's own settings and says where they came to be. */
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
      return places(management, target.partitions());
    } finally {
      Connections.close(connection);
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
