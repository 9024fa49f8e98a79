// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Request;
import dev.jetlane.nats.request.Session;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PullSubscribeOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A task that an administrator takes out of a partition, to store it elsewhere. */
public final class StoredTask {

  private static final Duration WAIT = Duration.ofMillis(500);

  private final NatsLease lease;

  private StoredTask(NatsLease lease) {
    this.lease = lease;
  }

  /**
   * Leases available tasks, up to {@code max}; returns an empty list if there are none. Blocks for
   * half a second at most.
   *
   * @throws PermissionDeniedException if this client may not pull
   */
  public static List<StoredTask> pull(Session session, PartitionAddress address, int max)
      throws IOException, JetStreamApiException {
    PullContext context =
        new PullContext(
            session,
            address,
            new PartitionStatus(session.settings.queue()),
            PullOptions.defaults(),
            lease -> {
              throw new IllegalStateException("this delivery is never handed out");
            });
    JetStreamSubscription subscription =
        session
            .monitor
            .connection()
            .jetStream(session.api.options())
            .subscribe(null, PullSubscribeOptions.bind(address.stream, address.consumer));
    session.refusals.forget(address.nextSubject);
    try {
      List<StoredTask> tasks = new ArrayList<>();
      for (Message message : subscription.fetch(max, WAIT)) {
        if (AckSubject.numbersAt(message.getReplyTo(), address.ackPrefix) >= 0) {
          tasks.add(new StoredTask(new NatsLease(context, message, System.nanoTime())));
        }
      }
      if (session.refusals.isDenied(address.nextSubject)) {
        throw new PermissionDeniedException(
            "pull from partition "
                + address.partition
                + ": the server does not permit this client to use the subject "
                + address.nextSubject,
            null);
      }
      return tasks;
    } finally {
      subscription.unsubscribe();
    }
  }

  public String taskId() {
    return lease.taskId();
  }

  /** Returns whether it was pushed, and not moved or redriven, at this time or later. */
  public boolean wasPushedSince(Instant time) {
    return lease.hasIdOfPush() && !lease.storedAt().isBefore(time);
  }

  /** Returns the headers; the caller may change the map. */
  public Map<String, String> headers() {
    return lease.storedHeaders();
  }

  public byte[] payload() {
    return lease.payload();
  }

  /** Identifies the message in its stream; no other message ever has the same place. */
  public String place() {
    return lease.place();
  }

  /** Creates the request that removes the task. */
  public Request<Settlement> removal() {
    return SettleRequest.of(lease, LeaseAction.Ack.IN_TIME, Completion.none());
  }
}
