// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.NatsOptions;
import java.util.ArrayDeque;
import java.util.Deque;

/** The requests of a puller, with their parts, on a scripted connection. */
final class RequestParts implements AutoCloseable {

  final PullScene scene;
  final PullContext context;
  final PullInbox inbox;
  final OpenRequests credits = new OpenRequests();
  final Deque<LeasedDelivery> kept = new ArrayDeque<>();
  final PullRequests requests;

  /** Whether the puller is closed. */
  volatile boolean closed;

  RequestParts(NatsOptions options, PullOptions pull) {
    scene = new PullScene(options);
    context = scene.context(0, pull);
    inbox = new PullInbox(scene.session, context.leaseNanos);
    requests = new PullRequests(context, inbox, credits, kept, this::requireOpen);
  }

  private void requireOpen() {
    if (closed) {
      throw new QueueClosedException("closed by the test", null);
    }
  }

  @Override
  public void close() {
    scene.close();
  }
}
