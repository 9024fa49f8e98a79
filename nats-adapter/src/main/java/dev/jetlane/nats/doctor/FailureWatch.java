// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static io.nats.client.support.JsonValueUtils.readLong;
import static io.nats.client.support.JsonValueUtils.readString;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.doctor.Examination.Level;
import dev.jetlane.nats.doctor.Examination.Report;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Listens for failed attempts, and reports each task that fails near its last one. No request to a
 * server answers how often a task was delivered, but the server publishes each nak ({@code
 * processNak} in consumer.go, 2.9 to 2.15). It does not publish the end of a lease. Leases nothing.
 */
public final class FailureWatch {

  private static final String NAKS = "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.";
  private static final String PERMIT = "permit it: docs/permissions.conf";
  private static final String TOPIC = "failed attempts";

  /** An attempt is near the limit if it is one of this number of last attempts. */
  private static final int LAST_ATTEMPTS = 2;

  private static final int MAX_TASKS = 1_000;

  private final Session session;
  private final QueueLayout layout;
  private final int maxDeliveries;
  private final Map<Place, Long> near = new ConcurrentHashMap<>();
  private final AtomicLong naks = new AtomicLong();

  /** The place of a task, and the consumer that delivers it. */
  private record Place(String stream, String consumer, long sequence) {}

  public FailureWatch(Session session) {
    this.session = session;
    layout = session.settings.layout();
    maxDeliveries = session.settings.queue().maxDeliveries();
  }

  /** Listens for this time, and then looks up the tasks, each within the request timeout. */
  public void report(Duration time, Report report) {
    if (!listen(time, report)) {
      return;
    }
    near.forEach((place, attempt) -> report(place, attempt, report));
    report.add(
        Level.OK,
        TOPIC,
        naks + " naks in " + time,
        "attempts whose lease expires are not detected: the server does not publish them");
  }

  /** Returns false if this user may not listen. */
  private boolean listen(Duration time, Report report) {
    Connection nc = session.monitor.connection();
    Dispatcher dispatcher = nc.createDispatcher();
    try {
      for (int index = 0; index < layout.streams(); index++) {
        String subject = NAKS + layout.streamName(index) + ".*";
        dispatcher.subscribe(subject, message -> heard(message.getData()));
        session.flushLock.flush();
        if (session.refusals.isDenied(subject)) {
          report.add(
              Level.UNSEEN,
              TOPIC,
              "the server does not permit this client to subscribe to " + subject,
              PERMIT);
          return false;
        }
      }
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueUnavailableException("listen for failed attempts: interrupted", e);
    } finally {
      nc.closeDispatcher(dispatcher);
    }
    return true;
  }

  private void heard(byte[] advisory) {
    try {
      JsonValue nak = JsonParser.parse(advisory);
      String consumer = readString(nak, "consumer", "");
      long attempt = readLong(nak, "deliveries", 0);
      if (consumer.isEmpty() || consumer.equals(PartitionAddress.DELAYED_CONSUMER)) {
        return;
      }
      naks.incrementAndGet();
      Place place =
          new Place(readString(nak, "stream", ""), consumer, readLong(nak, "stream_seq", 0));
      boolean room = near.size() < MAX_TASKS || near.containsKey(place);
      if (room && attempt > maxDeliveries - LAST_ATTEMPTS) {
        near.merge(place, attempt, Math::max);
      }
    } catch (JsonParseException | RuntimeException e) {
      // Not a message of the server: another client published it.
    }
  }

  private void report(Place place, long attempt, Report report) {
    PartitionAddress address = layout.ofConsumer(place.consumer);
    StoredMessage message;
    try {
      message = stored(place, address);
    } catch (PermissionDeniedException e) {
      report.add(Level.UNSEEN, TOPIC, "" + e.getMessage(), PERMIT);
      return;
    }
    if (message != null) {
      String id = message.taskId(address, session.settings.dialect());
      report.add(
          Level.WARNING,
          "partition " + address.partition,
          "task " + id + ": attempt " + attempt + " of " + maxDeliveries + " ended with a nak",
          "check the task (jetlane find "
              + address.partition
              + " "
              + id
              + ") and its worker:"
              + " after the last attempt the task becomes a dead letter");
    }
  }

  /** Returns the task; null if it was acked or became a dead letter meanwhile. */
  private @Nullable StoredMessage stored(Place place, PartitionAddress address) {
    StoredMessage message =
        session.stored.next(
            "inspect a task of partition " + address.partition,
            place.stream,
            place.sequence,
            address.subject,
            session.deadlineNanos());
    return message == null || message.sequence() != place.sequence ? null : message;
  }
}
