package dev.jetlane.nats.pull;

import dev.jetlane.nats.wire.Bells;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import dev.jetlane.nats.wire.Sender;
import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscription that a puller's messages come to, and the requests for them.
 *
 * <p>It lives as long as the puller. Dropping it is the only way to take back a request that is
 * still open on the server, which happens when a wait is interrupted and when the server cannot
 * answer (see {@link NatsPull}).
 *
 * <p>Not thread-safe, but for {@link #wake}.
 */
final class PullInbox {

  private static final long MAX_SLACK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** A request that the server refuses without any effect. */
  private static final byte[] REFUSED = {'{'};

  /** What the subject of the answer to a wake ends with; those of requests end with a number. */
  private static final String WAKE = "w";

  private static final Duration INSTANT = Duration.ofNanos(1);

  private final ConnectionMonitor monitor;
  private final Sender sender;
  private final FlushLock flushLock;

  /**
   * How much earlier than it was noticed a message may have been sent: the server's lease starts
   * when it sends, and a busy machine may take a while to wake a waiting thread. Judging the lease
   * too short by a little is safe; too long would let a stale nak through.
   */
  private final long slackNanos;

  private final Bells bells;
  private Bells.@Nullable Bell bell;
  private volatile @Nullable Subscription subscription;
  private volatile String prefix = "";
  private long requests;
  private ArrivalTimes receipts = new ArrivalTimes(System.nanoTime());
  private long lastReceivedNanos;

  PullInbox(PullContext context) {
    monitor = context.monitor;
    sender = context.sender;
    flushLock = context.session.flushLock;
    bells = context.session.bells;
    slackNanos = Math.min(MAX_SLACK_NANOS, context.leaseNanos / 20);
  }

  /**
   * Sends a pull request and returns its reply subject, which the server's statuses about it come
   * on.
   *
   * @param maxBytes what the messages may come to, headers and subjects counted; zero for no bound
   * @param expiresNanos zero for a request that is answered at once
   * @param ring given the first message, on a thread that must not wait; null if a thread waits for
   *     it
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
   * Sends a request that the server refuses without any effect: its answer proves that there is
   * somebody to answer.
   */
  String probe(String nextSubject) {
    return send(nextSubject, REFUSED, null);
  }

  /** The subject of the subscription. */
  String subject() {
    return prefix + "*";
  }

  /**
   * When the message that {@link #poll} returned last arrived; never later than that, but for the
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
      lastReceivedNanos = receipts.take();
      return message;
    }
    if (waitNanos <= 0) {
      return null;
    }
    message = next(open, Duration.ofNanos(waitNanos));
    if (message != null) {
      long nowNanos = System.nanoTime();
      long absentNanos = receipts.take();
      lastReceivedNanos = Math.max(nowNanos - slackNanos, absentNanos);
      receipts.observe(0, nowNanos);
    }
    return message;
  }

  private static @Nullable Message next(Subscription open, Duration wait)
      throws InterruptedException {
    try {
      return open.nextMessage(wait);
    } catch (IllegalStateException | NullPointerException dropped) {
      // jnats 2.26.2 reads the field of its queue twice, and the end of a drain clears it between.
      return null;
    }
  }

  /** How many messages are waiting. */
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

  /** Notes how many messages are waiting, so that it is known later when they came. */
  void observe() {
    Subscription open = subscription;
    if (open != null) {
      receipts.observe(waiting(open), System.nanoTime());
    }
  }

  /**
   * Drops the subscription, which takes back every request on it; returns what came before that.
   * Not to be interrupted: what it would leave behind would be held back until its lease runs out.
   */
  List<Message> drop() {
    noBell(); // It is an interest too.
    List<Message> left = new ArrayList<>();
    boolean interrupted = takeAll(left);
    unsubscribe();
    interrupted |= takeAll(left);
    subscription = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return left;
  }

  /** Takes what is here; returns whether it was interrupted. */
  private boolean takeAll(List<Message> all) {
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        Message message = poll(0);
        if (message == null) {
          return interrupted;
        }
        all.add(message);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  /**
   * Makes a {@link #poll} that waits return: with a status that belongs to no request. From any
   * thread.
   */
  void wake(String nextSubject) {
    if (subscription == null) {
      return;
    }
    try {
      sender.publish(nextSubject, prefix + WAKE, REFUSED);
    } catch (IllegalStateException disconnected) {
      unsubscribe(); // This ends the wait too.
    }
  }

  /** Takes back every request; what was sent before that has arrived when this returns. */
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
    boolean fresh = subscription == null;
    if (fresh) {
      subscribe(nc);
    }
    if (ring != null) {
      bell = bells.hang(subject(), ring);
    }
    String reply = nextReply();
    if (!fresh && ring == null) {
      sender.publish(nextSubject, reply, body);
      return reply;
    }
    // The way that the subscription takes: what goes another way may come before it.
    sender.flush();
    nc.publish(nextSubject, reply, body);
    return reply;
  }

  private void subscribe(Connection nc) {
    prefix = nc.createInbox() + ".";
    receipts = new ArrivalTimes(System.nanoTime());
    Subscription fresh = nc.subscribe(subject());
    // jnats drops silently above its limits; what may come here is bounded by what was asked for.
    fresh.setPendingLimits(0, 0);
    subscription = fresh;
  }

  /** Nothing rings any more for the request that was sent last. */
  void noBell() {
    Bells.Bell hung = bell;
    if (hung != null) {
      bell = null;
      hung.remove();
    }
  }

  private String nextReply() {
    observe(); // What this brings cannot have come before.
    return prefix + requests++;
  }
}
