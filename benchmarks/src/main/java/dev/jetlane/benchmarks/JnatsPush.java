// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.PublishOptions;
import io.nats.client.api.PublishAck;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The ways of jnats to publish with a confirmation. */
final class JnatsPush implements PushLoop {

  private static final int TIMEOUT_SECONDS = 60;

  private final Connection connection;
  private final JetStream jetStream;
  private final String subject;
  private final byte[] payload;
  private final int window;
  private final boolean withIds;
  private final String ids = UUID.randomUUID() + "-";
  private long nextId;

  /**
   * @param window the largest number of unconfirmed messages; 1 publishes synchronously
   * @param withIds whether each message has an id that the server checks for duplicates
   */
  JnatsPush(Target target, Place place, byte[] payload, int window, boolean withIds)
      throws Exception {
    connection = Connections.open(target);
    subject = place.subject();
    jetStream = connection.jetStream();
    this.payload = payload;
    this.window = window;
    this.withIds = withIds;
  }

  @Override
  public void push(int tasks) throws Exception {
    if (window == 1) {
      for (int i = 0; i < tasks; i++) {
        jetStream.publish(subject, payload, options());
      }
      return;
    }
    Queue<CompletableFuture<PublishAck>> unconfirmed = new ArrayDeque<>(window);
    for (int i = 0; i < tasks; i++) {
      if (unconfirmed.size() == window) {
        await(unconfirmed.remove());
      }
      unconfirmed.add(
          withIds
              ? jetStream.publishAsync(subject, payload, options())
              : jetStream.publishAsync(subject, payload));
    }
    while (!unconfirmed.isEmpty()) {
      await(unconfirmed.remove());
    }
  }

  private PublishOptions options() {
    PublishOptions.Builder options = PublishOptions.builder();
    return withIds ? options.messageId(ids + nextId++).build() : options.build();
  }

  private static void await(CompletableFuture<PublishAck> confirmation) throws Exception {
    confirmation.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    Connections.close(connection);
  }
}
