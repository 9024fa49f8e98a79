// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.LeaseAction;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Request;
import dev.jetlane.nats.request.Session;
import io.nats.client.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A task that an administrator takes out of a partition, to store it elsewhere. */
public final class StoredTask {

  /** The server ends a request after this time, also at maxAckPending. */
  private static final long EXPIRES_NANOS = MILLISECONDS.toNanos(500);

  private static final long STEP_NANOS = MILLISECONDS.toNanos(20);

  private final NatsLease lease;

  private StoredTask(NatsLease lease) {
    this.lease = lease;
  }

  /**
   * Leases available tasks, up to {@code max}; returns an empty list if there are none. Blocks for
   * half a second, and on a slow connection until the server has ended the request, at most the
   * timeout of a request longer. On a lost connection it returns the tasks that have arrived.
   *
   * @throws PermissionDeniedException if this client may not pull
   * @throws QueueUnavailableException if the partition is gone or the request cannot be sent
   */
  public static List<StoredTask> pull(Session session, PartitionAddress address, int max)
      throws InterruptedException {
    PullContext context =
        new PullContext(
            session,
            address,
            // The partition may have more priorities than the settings of this client.
            new PartitionStatus(session.settings.queue().withPriorities(address.priority + 1)),
            PullOptions.defaults(),
            lease -> {
              throw new IllegalStateException("this delivery is never handed out");
            });
    PullInbox inbox = new PullInbox(session, context.leaseNanos);
    List<StoredTask> tasks = new ArrayList<>();
    session.refusals.forget(address.nextSubject);
    int epoch = session.monitor.epoch();
    try {
      String reply = inbox.request(address.nextSubject, max, 0, EXPIRES_NANOS, true, null);
      long untilNanos = session.deadlineNanos() + EXPIRES_NANOS;
      for (boolean over = false; !over && tasks.size() < max; ) {
        Message message = inbox.poll(STEP_NANOS);
        if (message == null) {
          requirePermission(session, address, inbox);
          over =
              untilNanos - System.nanoTime() <= 0
                  || session.monitor.epoch() != epoch
                  || !session.monitor.isConnected();
        } else if (!message.isStatusMessage()) {
          add(tasks, context, message);
        } else if (reply.equals(message.getSubject())
            && !PullStatus.isBatchComplete(message.getStatus())) {
          PullEnd unused = new PullStatus(context).ended(message.getStatus(), tasks.size());
          over = true;
        }
      }
    } catch (IllegalStateException notSent) {
      throw context.unavailable(session.monitor.whyDown(), notSent);
    } finally {
      // Tasks that arrive before the subscription ends are leased too.
      inbox.drop(message -> add(tasks, context, message));
    }
    return tasks;
  }

  private static void add(List<StoredTask> tasks, PullContext context, Message message) {
    String reply = PullRequests.replySubject(message);
    if (AckSubject.numbersAt(reply, context.address.ackPrefix) >= 0) {
      tasks.add(new StoredTask(new NatsLease(context, message, System.nanoTime())));
    }
  }

  private static void requirePermission(
      Session session, PartitionAddress address, PullInbox inbox) {
    for (String subject : List.of(address.nextSubject, inbox.subject())) {
      if (session.refusals.isDenied(subject)) {
        throw new PermissionDeniedException(
            "pull from partition "
                + address.partition
                + ": the server does not permit this client to use the subject "
                + subject,
            null);
      }
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
