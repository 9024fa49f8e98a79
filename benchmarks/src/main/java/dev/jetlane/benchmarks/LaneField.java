// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.PublishAck;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Lanes on a server: each has a subject and a consumer, as a partition has. The lane of a task is
 * the hash of its key.
 *
 * @param lanes the number of lanes
 * @param streams the number of streams that they are spread over
 * @param outstanding the largest number of unsettled tasks of a lane; 1 keeps the order, even with
 *     redeliveries
 */
record LaneField(Connection connection, int lanes, int streams, long outstanding)
    implements AutoCloseable {

  private static final int WINDOW = 1_000;
  private static final byte[] PAYLOAD = new byte[128];

  /** Creates the streams and consumers, empty. */
  static LaneField create(Connection connection, int lanes, int streams, long outstanding)
      throws IOException, JetStreamApiException {
    LaneField field = new LaneField(connection, lanes, streams, outstanding);
    JetStreamManagement management = connection.jetStreamManagement();
    for (int stream = 0; stream < streams; stream++) {
      management.addStream(
          StreamConfiguration.builder()
              .name("lanes-" + stream)
              .subjects("lanes." + stream + ".*")
              .retentionPolicy(RetentionPolicy.WorkQueue)
              .discardPolicy(DiscardPolicy.New)
              .storageType(StorageType.File)
              .build());
    }
    for (int lane = 0; lane < lanes; lane++) {
      management.addOrUpdateConsumer(
          field.stream(lane),
          ConsumerConfiguration.builder()
              .durable(consumer(lane))
              .filterSubject(field.subject(lane))
              .ackPolicy(AckPolicy.Explicit)
              .ackWait(Duration.ofSeconds(60))
              .maxAckPending(outstanding)
              .build());
    }
    return field;
  }

  private String stream(int lane) {
    return "lanes-" + lane % streams;
  }

  private static String consumer(int lane) {
    return "lane-" + lane;
  }

  private String subject(int lane) {
    return "lanes." + lane % streams + "." + lane;
  }

  /** Returns the subject of requests for the tasks of a lane. */
  String requestSubject(int lane) {
    return "$JS.API.CONSUMER.MSG.NEXT." + stream(lane) + "." + consumer(lane);
  }

  /** Stores tasks, the same number in each lane, and waits for the confirmations. */
  void fill(int tasks) throws Exception {
    Queue<CompletableFuture<PublishAck>> open = new ArrayDeque<>();
    for (int i = 0; i < tasks; i++) {
      open.add(connection.jetStream().publishAsync(subject(i % lanes), PAYLOAD));
      if (open.size() == WINDOW) {
        var unused = open.remove().get(30, TimeUnit.SECONDS);
      }
    }
    while (!open.isEmpty()) {
      var unused = open.remove().get(30, TimeUnit.SECONDS);
    }
  }

  /** Sends a task without waiting. */
  void push(int lane) {
    connection.publish(subject(lane), PAYLOAD);
  }

  @Override
  public void close() throws IOException, JetStreamApiException {
    for (int stream = 0; stream < streams; stream++) {
      connection.jetStreamManagement().deleteStream("lanes-" + stream);
    }
  }
}
