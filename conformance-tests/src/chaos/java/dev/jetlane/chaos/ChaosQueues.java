// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/** The common settings of producers and workers of a run. */
final class ChaosQueues {

  static final Duration LEASE = Duration.ofSeconds(5);
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);
  private static final String NAME = "chaos";

  private ChaosQueues() {}

  static TaskQueue connect(String urls, int replicas) {
    return NatsQueues.connect(options(urls, replicas));
  }

  /** The same with a listener; retries until the server allows it. */
  static TaskQueue connect(String urls, int replicas, QueueListener listener)
      throws InterruptedException {
    while (true) {
      try {
        return NatsQueues.connect(options(urls, replicas).withListener(listener));
      } catch (TaskQueueException e) {
        Pause.millis(100);
      }
    }
  }

  private static NatsOptions options(String urls, int replicas) {
    return NatsOptions.defaults()
        .withUrl(urls)
        .withUser(Access.USER, Access.PASSWORD.toCharArray())
        .withStream(NAME)
        .withSubjectPrefix(NAME)
        .withStorage(NatsOptions.Storage.FILE)
        .withReplicas(replicas)
        .withRequestTimeout(REQUEST_TIMEOUT)
        .withQueue(
            QueueConfig.defaults()
                .withLease(LEASE)
                .withDedupWindow(Duration.ofHours(1))
                .withMaxDeliveries(QueueConfig.UNLIMITED));
  }

  /** Opens a partition, and retries until the server allows it. */
  static Partition open(TaskQueue queue, String name) throws InterruptedException {
    while (true) {
      try {
        return queue.partition(name);
      } catch (TaskQueueException e) {
        Pause.millis(100);
      }
    }
  }

  /** A plain connection that always reconnects and logs nothing. */
  static Connection look(String urls) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(urls)
            .userInfo(Access.OTHER_USER.toCharArray(), Access.otherPassword())
            .maxReconnects(-1)
            .errorListener(new ErrorListener() {})
            .build());
  }

  static String stream() {
    return NAME;
  }

  static String partition(int index) {
    return "p" + index;
  }

  static String taskId(int partition, String producer, long number) {
    return partition(partition) + "." + producer + "." + number;
  }

  /** The partition and the payload of a task follow from its id, so that a mix-up is noticed. */
  static byte[] payload(String taskId) {
    byte[] payload = new byte[TaskKind.bytes(taskId)];
    byte[] id = taskId.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (id[i % id.length] + i);
    }
    return payload;
  }

  /**
   * Returns OK if a delivery has the partition and the payload of its task, and FAILED otherwise.
   */
  static Event.Outcome judge(Delivery delivery, Partition partition) {
    String id = delivery.taskId();
    return belongs(id, partition.name()) && Arrays.equals(delivery.payload(), payload(id))
        ? Event.Outcome.OK
        : Event.Outcome.FAILED;
  }

  private static boolean belongs(String taskId, String partition) {
    return taskId.startsWith(partition + ".");
  }
}
