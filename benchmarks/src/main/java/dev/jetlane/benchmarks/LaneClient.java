// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A client of all lanes, with one subscription and its own requests. */
final class LaneClient implements AutoCloseable {

  private final Connection connection;
  private final LaneField field;
  private final Dispatcher dispatcher;
  private final String inbox;

  /**
   * @param received receives every answer, tasks and statuses, on one thread
   */
  LaneClient(Connection connection, LaneField field, Consumer<Message> received) {
    this.connection = connection;
    this.field = field;
    inbox = connection.createInbox();
    dispatcher = connection.createDispatcher(received::accept);
    dispatcher.setPendingLimits(0, 0);
    dispatcher.subscribe(inbox + ".*");
  }

  /** Sends a waiting request for tasks to every lane, for a time. */
  void waitOnAll(Duration time) {
    for (int lane = 0; lane < field.lanes(); lane++) {
      request(lane, "{\"batch\":1000000,\"expires\":" + time.toNanos() + "}");
    }
    flush();
  }

  /** Requests one available task from every lane. */
  void askAll() {
    for (int lane = 0; lane < field.lanes(); lane++) {
      request(lane, "{\"batch\":1,\"no_wait\":true}");
    }
    flush();
  }

  private void request(int lane, String text) {
    connection.publish(
        field.requestSubject(lane), inbox + "." + lane, text.getBytes(StandardCharsets.US_ASCII));
  }

  private void flush() {
    try {
      connection.flush(Duration.ofSeconds(30));
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("the server does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Ends the subscription; the server drops the requests when it next checks them. */
  @Override
  public void close() {
    connection.closeDispatcher(dispatcher);
    flush();
  }

  static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / (double) TimeUnit.SECONDS.toNanos(1);
  }
}
