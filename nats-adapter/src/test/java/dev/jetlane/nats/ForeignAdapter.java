// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.testing.Jnats;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A peer that sends the same calls as ArmoniK's own adapter: one stream, created with one subject;
 * more subjects by reading the configuration, adding to it and writing it back; the raw partition
 * id as subject and as name of the consumer; a random message id for each push, and a new one when
 * a push is repeated.
 */
final class ForeignAdapter implements AutoCloseable {

  static final String STREAM = "armonik-stream";
  static final Duration ACK_WAIT = Duration.ofMinutes(2);

  private final Connection nc;
  private final JetStreamManagement management;

  ForeignAdapter(String url) throws Exception {
    nc = Jnats.connect(url);
    management = nc.jetStreamManagement();
  }

  /**
   * The adapter's push: it publishes; if that fails, it repairs the subjects and publishes
   * everything again.
   */
  void push(String partition, List<String> taskIds) throws Exception {
    try {
      publish(partition, taskIds);
    } catch (IOException | JetStreamApiException e) {
      repair(partition);
      publish(partition, taskIds);
    }
  }

  private void publish(String partition, List<String> taskIds)
      throws IOException, JetStreamApiException {
    for (String id : taskIds) {
      Headers headers = new Headers().put("Nats-Msg-Id", UUID.randomUUID().toString());
      nc.jetStream().publish(partition, headers, id.getBytes(StandardCharsets.UTF_8));
    }
  }

  private void repair(String partition) throws IOException, JetStreamApiException {
    try {
      StreamConfiguration there = management.getStreamInfo(STREAM).getConfiguration();
      if (!there.getSubjects().contains(partition)) {
        List<String> subjects = new ArrayList<>(there.getSubjects());
        subjects.add(partition);
        management.updateStream(StreamConfiguration.builder(there).subjects(subjects).build());
      }
    } catch (JetStreamApiException e) {
      if (e.getErrorCode() != 404) {
        throw e;
      }
      createStream(partition);
    }
  }

  private void createStream(String partition) throws IOException, JetStreamApiException {
    management.addStream(
        StreamConfiguration.builder()
            .name(STREAM)
            .storageType(StorageType.File)
            .subjects(partition)
            .retentionPolicy(RetentionPolicy.WorkQueue)
            .build());
  }

  /** The adapter's pull: it looks up the stream and the consumer, then fetches, each time. */
  List<Message> pull(String partition, int max, Duration wait) throws Exception {
    try {
      management.getStreamInfo(STREAM);
    } catch (JetStreamApiException e) {
      if (e.getErrorCode() != 404) {
        throw e;
      }
      createStream(partition);
    }
    try {
      management.getConsumerInfo(STREAM, partition);
    } catch (JetStreamApiException e) {
      if (e.getErrorCode() != 404) {
        throw e;
      }
      management.createConsumer(
          STREAM,
          ConsumerConfiguration.builder()
              .durable(partition)
              .ackWait(ACK_WAIT)
              .ackPolicy(AckPolicy.Explicit)
              .filterSubject(partition)
              .build());
    }
    JetStreamSubscription subscription =
        nc.jetStream().subscribe(partition, PullSubscribeOptions.bind(STREAM, partition));
    try {
      return subscription.fetch(max, wait);
    } finally {
      subscription.unsubscribe();
    }
  }

  /**
   * A producer that is neither Jetlane nor the adapter: it sends the id as payload, without
   * headers.
   */
  void pushBare(String partition, String taskId) throws Exception {
    nc.jetStream().publish(partition, taskId.getBytes(StandardCharsets.UTF_8));
  }

  List<String> subjects() throws Exception {
    return management.getStreamInfo(STREAM).getConfiguration().getSubjects();
  }

  void dropSubject(String partition) throws Exception {
    StreamConfiguration there = management.getStreamInfo(STREAM).getConfiguration();
    List<String> subjects = new ArrayList<>(there.getSubjects());
    subjects.remove(partition);
    management.updateStream(StreamConfiguration.builder(there).subjects(subjects).build());
  }

  @Override
  public void close() throws InterruptedException {
    nc.close();
  }
}
