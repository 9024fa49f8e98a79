// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.Bells;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import dev.jetlane.nats.wire.Sender;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscription of a puller, and its requests.
 *
 * <p>It lives as long as the puller. Dropping it is the only way to withdraw a request that is
 * still open on the server. This happens when a wait is interrupted and when the server cannot
 * answer (see {@link NatsPull}).
 *
 * <p>Not thread-safe, except {@link #wake}.
 */
final class PullInbox {

  private static final long MAX_SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A request that the server refuses without any effect. */
  private static final byte[] REFUSED = {'{'};

  /** The end of the reply subject of a wake; the reply subjects of requests end with a number. */
  private static final String WAKE = "w";

  private static final Duration INSTANT = Duration.ofNanos(1);

  private final ConnectionMonitor monitor;
  private final Sender sender;
  private final FlushLock flushLock;

  /**
   * The longest time from the sending of a message until a waiting thread sees it. The server's
   * lease starts with the sending, and a busy machine can delay the thread. A lease that is assumed
   * a little too short is safe; one that is too long would let a stale nak through.
   */
  private final long slackNanos;

  private final Bells bells;
  private Bells.@Nullable Bell bell;
  private volatile @Nullable Subscription subscription;

  /** Whether a message has arrived, which proves that the server knows the subscription. */
  private volatile boolean known;

  private volatile String prefix = "";
  private long requests;
  private ArrivalTimes arrivals = new ArrivalTimes(System.nanoTime());
  private long lastReceivedNanos;

  PullInbox(Session session, long leaseNanos) {
    monitor = session.monitor;
    sender = session.sender;
    flushLock = session.flushLock;
    bells = session.bells;
    slackNanos = Math.min(MAX_SLACK_NANOS, leaseNanos / 20);
  }

  /**
   * Sends a pull request and returns its reply subject, on which its statuses arrive.
   *
   * @param maxBytes the limit of all messages, headers and subjects included; zero for none
   * @param expiresNanos zero for a request that is answered immediately
   * @param ring called with the first message, on a thread that must not wait; null if a thread
   *     waits
   * @throws IllegalStateException if it could not be sent
   */
  String request(
      String nextSubject,
      int batch,
      long maxBytes,
      long expiresNanos,
      boolean noWait,
      @Nullable Consumer<Message> ring) {
    StringBuilder json = new StringBuilder(64).append("{\"batch\":").append(batch);
    if (maxBytes > 0) {
      json.append(",\"max_bytes\":").append(maxBytes);
    }
    if (noWait) {
      json.append(",\"no_wait\":true");
    }
    if (expiresNanos > 0) {
      json.append(",\"expires\":").append(expiresNanos);
    }
    byte[] body = json.append('}').toString().getBytes(StandardCharsets.US_ASCII);
    return send(nextSubject, body, ring);
  }

  /**
   * Sends a request that the server refuses without any effect: the answer proves that there is a
   * consumer.
   */
  String probe(String nextSubject) {
    return send(nextSubject, REFUSED, null);
  }

  /** Returns the subject of the subscription. */
  String subject() {
    return prefix + "*";
  }

  /**
   * Returns a lower bound for the arrival of the last message of {@link #poll}, not counting the
   * time to wake a thread.
   */
  long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  /** The next message; null if none comes in time, and when the subscription was dropped. */
  @Nullable Message poll(long waitNanos) throws InterruptedException {
    Subscription open = subscription;
    if (open == null) {
      return null;
    }
    Message message = next(open, INSTANT);
    if (message != null) {
      known = true;
      lastReceivedNanos = arrivals.take();
      return message;
    }
    if (waitNanos <= 0) {
      return null;
    }
    message = next(open, Duration.ofNanos(waitNanos));
    if (message != null) {
      known = true;
      long nowNanos = System.nanoTime();
      long absentNanos = arrivals.take();
      lastReceivedNanos = Math.max(nowNanos - slackNanos, absentNanos);
      // Others may have arrived with it, before the thread woke up.
      arrivals.observe(0, lastReceivedNanos);
    }
    return message;
  }

  private static @Nullable Message next(Subscription open, Duration wait)
      throws InterruptedException {
    try {
      return open.nextMessage(wait);
    } catch (IllegalStateException | NullPointerException dropped) {
      // jnats 2.26.2 reads the field of its queue twice, and the end of a drain can clear the field
      // between the two reads. If it has taken a message then, the task comes back when its lease
      // ends.
      return null;
    }
  }

  /** Returns the number of waiting messages. */
  int queued() {
    Subscription open = subscription;
    return open == null ? 0 : waiting(open);
  }

  private static int waiting(Subscription open) {
    try {
      return (int) open.getPendingMessageCount();
    } catch (NullPointerException dropped) { // As in poll.
      return 0;
    }
  }

  /** Records the number of waiting messages, as a bound for their arrival. */
  void observe() {
    Subscription open = subscription;
    if (open != null) {
      arrivals.observe(waiting(open), System.nanoTime());
    }
  }

  /**
   * Drops the subscription, which withdraws every request on it. Ignores interrupts, because the
   * tasks of unread messages would wait for the end of their leases.
   *
   * @param left receives each message that arrived before, while {@link #lastReceivedNanos} is its
   *     own
   */
  void drop(Consumer<Message> left) {
    noBell(); // The bell is a subscription too.
    boolean interrupted = takeAll(left);
    unsubscribe();
    interrupted |= takeAll(left);
    subscription = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes the waiting messages; returns whether the thread was interrupted. */
  private boolean takeAll(Consumer<Message> all) {
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        Message message = poll(0);
        if (message == null) {
          return interrupted;
        }
        all.accept(message);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  /**
   * Ends a waiting {@link #poll} with a status that belongs to no request. Callable from any
   * thread.
   */
  void wake(String nextSubject) {
    if (subscription == null) {
      return;
    }
    try {
      publish(nextSubject, prefix + WAKE, REFUSED, known);
    } catch (IllegalStateException disconnected) {
      unsubscribe(); // This ends the wait too.
    }
  }

  /**
   * Withdraws every request; when this returns, all messages that were sent before have arrived.
   */
  private void unsubscribe() {
    Subscription open = subscription;
    if (open == null || !open.isActive()) {
      return;
    }
    try {
      flushLock.drain(open);
    } catch (IllegalStateException gone) {
      // The connection was closed, or another thread was first.
    }
  }

  private String send(String nextSubject, byte[] body, @Nullable Consumer<Message> ring) {
    Connection nc = monitor.connection();
    if (subscription == null) {
      subscribe(nc);
    }
    if (ring != null) {
      bell = bells.hang(subject(), ring);
    }
    String reply = nextReply();
    publish(nextSubject, reply, body, known && ring == null);
    return reply;
  }

  /**
   * @param subscribed whether the server knows each subscription to the reply subject
   */
  private void publish(String nextSubject, String reply, byte[] body, boolean subscribed) {
    if (subscribed) {
      sender.publish(nextSubject, reply, body);
      return;
    }
    // Goes through the same writer as the subscription, which a message that is written elsewhere
    // may overtake. A server drops a request without a subscriber silently.
    sender.flush();
    monitor.connection().publish(nextSubject, reply, body);
  }

  private void subscribe(Connection nc) {
    prefix = nc.createInbox() + ".";
    arrivals = new ArrivalTimes(System.nanoTime());
    Subscription fresh = nc.subscribe(subject());
    // jnats silently drops messages above its limits; the requests bound the number of messages
    // here.
    fresh.setPendingLimits(0, 0);
    known = false;
    subscription = fresh;
  }

  /** Removes the bell of the last request. */
  void noBell() {
    Bells.Bell hung = bell;
    if (hung != null) {
      bell = null;
      hung.remove();
    }
  }

  private String nextReply() {
    observe(); // The messages of this request cannot have arrived earlier.
    return prefix + requests++;
  }
}
