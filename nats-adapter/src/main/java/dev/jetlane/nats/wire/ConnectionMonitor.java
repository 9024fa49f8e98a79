package dev.jetlane.nats.wire;

import dev.jetlane.QueueClosedException;
import dev.jetlane.spi.Observation;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the connection: whether it is up, how often it came back, and what the server
 * refused on it.
 *
 * <p>A server answers a publish that is not permitted with an error line that belongs to no request
 * (and a missing permission to pull therefore looks like an empty queue). The line names the
 * subject; that is how the refusal finds its way back to the request.
 */
public final class ConnectionMonitor implements ConnectionListener, ErrorListener {

  /** Told about changes, on a thread of jnats: must not block. */
  public interface Observer {
    /** The connection is back, subscriptions included; what was under way before is lost. */
    default void reconnected() {}

    /** The server refused a publish to the subject, or a subscription to it. */
    default void denied(String subject) {}
  }

  private static final Pattern VIOLATION =
      Pattern.compile(
          "permissions violation for (publish|subscription) to \"?([^\"\\s]+)",
          Pattern.CASE_INSENSITIVE);
  private static final int MAX_DENIED = 1_000;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
  private static final Duration STANDS_STILL_FOR = Duration.ofSeconds(5);

  /** One per connection, which several queues may share. */
  private static final Map<Connection, ReentrantLock> FLUSHING =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final List<Observer> observers = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<String, Boolean> denied = new ConcurrentHashMap<>();
  private final Object changed = new Object();
  private volatile ReentrantLock flushing = new ReentrantLock();
  private volatile long stoodStillAtNanos;
  private volatile boolean stoodStillOnce;
  private volatile @Nullable Connection connection;
  private volatile @Nullable FrameWriter outlet;
  private volatile @Nullable Sender sender;
  private volatile byte @Nullable [] answersPrefix;
  private volatile InboundRewriter.@Nullable Taker answersTaker;
  private volatile boolean closed;
  private volatile Observation observation = Observation.NONE;

  /** jnats says so again with every attempt to reconnect. */
  private final AtomicBoolean lost = new AtomicBoolean();

  private final AtomicInteger epoch = new AtomicInteger();
  private volatile long reconnectedAtNanos = System.nanoTime();
  private volatile @Nullable String lastErrorSeen;

  private volatile @Nullable SSLException tlsFailure;

  public void bind(Connection nc) {
    flushing = FLUSHING.computeIfAbsent(nc, key -> new ReentrantLock());
    connection = nc;
    lastErrorSeen = nc.getLastError();
    FrameWriter own = outlet;
    sender = own == null ? new Sender.ThroughJnats(nc) : own;
    if (own != null) {
      own.open();
    }
  }

  /** jnats does not say why it could not connect. */
  public void tlsFailed(SSLException e) {
    tlsFailure = e;
  }

  /** Why TLS failed, in the JDK's words, which name no secret; null if it did not. */
  public @Nullable String tlsFailure() {
    SSLException failure = tlsFailure;
    if (failure == null) {
      return null;
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof CertificateExpiredException
        ? "the certificate has expired: " + cause.getMessage()
        : String.valueOf(failure.getMessage());
  }

  /** jnats is about to open a socket of ours; what the last one did not take is gone. */
  public FrameWriter newSocket() {
    FrameWriter own = outlet;
    if (own == null) {
      own = new FrameWriter(this, "jetlane-nats-writer");
      outlet = own;
    }
    own.dropAll();
    return own;
  }

  public Sender sender() {
    Sender bound = sender;
    if (bound == null) {
      throw new IllegalStateException("not connected yet");
    }
    return bound;
  }

  /** What the subjects of answers start with that may come folded; null before there are any. */
  public byte @Nullable [] answersPrefix() {
    return answersPrefix;
  }

  /** On the thread that reads the connection: as of {@link InboundRewriter.Taker}. */
  public boolean takeAnswer(long number, byte[] source, int from, int length) {
    InboundRewriter.Taker taker = answersTaker;
    return taker != null && taker.take(number, source, from, length);
  }

  /**
   * There is a subscription to these subjects, for answers to what {@link #sender} sends. Waits
   * until the server knows it, because requests do not take the way that subscriptions take.
   */
  public void foldAnswers(String prefix, InboundRewriter.Taker taker) {
    answersTaker = taker;
    answersPrefix = prefix.getBytes(StandardCharsets.US_ASCII);
    if (outlet != null) {
      try {
        flush();
      } catch (InterruptedException e) {
        // Then the first request may have to be sent again.
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Ends what this has running beside the connection. */
  public void release() {
    FrameWriter own = outlet;
    if (own != null) {
      own.close();
    }
  }

  /** Whom to tell of the connection's comings and goings. */
  public void tell(Observation told) {
    observation = told;
  }

  public Connection connection() {
    Connection nc = connection;
    if (nc == null) {
      throw new IllegalStateException("not connected yet");
    }
    return nc;
  }

  public void observe(Observer observer) {
    observers.add(observer);
  }

  public void forget(Observer observer) {
    observers.remove(observer);
  }

  public boolean isConnected() {
    Connection nc = connection;
    return nc != null && nc.getStatus() == Connection.Status.CONNECTED;
  }

  /** Whether there is no way back: jnats gave up, or whoever owns the connection closed it. */
  public boolean isDead() {
    Connection nc = connection;
    return nc != null && nc.getStatus() == Connection.Status.CLOSED;
  }

  public void markClosed() {
    closed = true;
    wakeAll();
  }

  public boolean isClosed() {
    return closed;
  }

  public void requireOpen() {
    if (closed) {
      throw new QueueClosedException("the queue is closed", null);
    }
  }

  /** Goes up with each reconnect. A request that was sent under another epoch gets no answer. */
  public int epoch() {
    return epoch.get();
  }

  /** Right after a reconnect a server may not have its streams and consumers up yet. */
  public boolean reconnectedWithin(long nanos) {
    return epoch.get() > 0 && System.nanoTime() - reconnectedAtNanos < nanos;
  }

  /**
   * Waits until the connection is up; false if it is not by then, or the queue was closed.
   *
   * @param requireUsable throws when there is nothing to wait for any more; looked at all the time
   */
  public boolean awaitConnected(long untilNanos, Runnable requireUsable)
      throws InterruptedException {
    synchronized (changed) {
      while (!isConnected() && !closed) {
        requireUsable.run();
        long left = untilNanos - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        // The status of jnats changes a little before or after its event, so this looks again by
        // itself too.
        changed.wait(Math.max(1, Math.min(left / 1_000_000, 50)));
      }
    }
    return !closed;
  }

  /** Forgets an old refusal: permissions may have been granted since. */
  public void clearDenied(String subject) {
    if (!denied.isEmpty()) {
      denied.remove(subject);
    }
  }

  public boolean isDenied(String subject) {
    lookAtLastError();
    return !denied.isEmpty() && denied.containsKey(subject);
  }

  /**
   * Ends the interest of a subscription and waits until everything has come that was sent to it.
   * Without an answer within a second, or with the connection down, just ends it.
   *
   * <p>An interrupt does not end this: a subscription that is half drained gives nothing back, and
   * what came for it would be held back until its leases run out. So another thread does it.
   */
  public void drain(Subscription subscription) {
    sender().flush();
    if (isConnected() && !stoodStill()) {
      try {
        CompletableFuture.runAsync(
                () -> drainAlone(subscription), connection().getOptions().getExecutor())
            .join();
        return;
      } catch (CompletionException | RejectedExecutionException closed) {
        // The connection ends, and its threads with it.
      }
    }
    subscription.unsubscribe();
  }

  private void drainAlone(Subscription subscription) {
    try {
      alone(
          () -> {
            var unused = subscription.drain(ANSWER_WITHIN);
          });
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
    }
  }

  /** As {@link #drain(Subscription)}, for a dispatcher, which then has handled what came. */
  public void drain(Dispatcher dispatcher) throws InterruptedException {
    sender().flush();
    if (isConnected() && !stoodStill()) {
      alone(
          () -> {
            try {
              dispatcher.drain(ANSWER_WITHIN).get();
            } catch (ExecutionException | IllegalStateException notDrained) {
              // It is gone already.
            }
          });
    } else {
      try {
        connection().closeDispatcher(dispatcher);
      } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
        // As above.
      }
    }
  }

  /** Waits until the server has got everything that was sent, for at most a second. */
  public void flush() throws InterruptedException {
    sender().flush();
    if (isConnected() && !stoodStill()) {
      alone(() -> connection().flush(ANSWER_WITHIN));
    }
  }

  private interface Exchange {
    void run() throws InterruptedException, TimeoutException;
  }

  /**
   * jnats counts a flush as a ping, and cuts a healthy connection when more than maxPingsOut are
   * under way: one at a time, for all queues on one connection.
   */
  private void alone(Exchange exchange) throws InterruptedException {
    ReentrantLock flushing = this.flushing;
    flushing.lockInterruptibly();
    long startNanos = System.nanoTime();
    try {
      exchange.run();
    } catch (TimeoutException silence) {
      // As said: the caller goes on without.
    } finally {
      // jnats keeps to itself that a drain was not answered. An interrupt says nothing about the
      // server.
      if (System.nanoTime() - startNanos >= ANSWER_WITHIN.toNanos()) {
        stoodStillAtNanos = System.nanoTime();
        stoodStillOnce = true;
      }
      flushing.unlock();
    }
  }

  /**
   * So that closing a hundred pullers on a server that stands still takes a second, and not a
   * hundred.
   */
  private boolean stoodStill() {
    return stoodStillOnce && System.nanoTime() - stoodStillAtNanos < STANDS_STILL_FOR.toNanos();
  }

  /** Waits a moment, less when the queue is closed. */
  public void pause(long nanos) throws InterruptedException {
    long untilNanos = System.nanoTime() + nanos;
    synchronized (changed) {
      for (long left = nanos; left > 0 && !closed; left = untilNanos - System.nanoTime()) {
        changed.wait(Math.max(1, left / 1_000_000));
      }
    }
  }

  @Override
  @SuppressWarnings("deprecation") // The only abstract method: the one in its place calls it.
  public void connectionEvent(Connection nc, Events type) {
    if (type == Events.RESUBSCRIBED) {
      epoch.incrementAndGet();
      reconnectedAtNanos = System.nanoTime();
      denied.clear();
      FrameWriter own = outlet;
      if (own != null) {
        own.open();
      }
      observers.forEach(Observer::reconnected);
      if (lost.compareAndSet(true, false)) {
        observation.connectionRestored();
      }
    } else if (type == Events.DISCONNECTED && !closed && lost.compareAndSet(false, true)) {
      observation.connectionLost();
    }
    wakeAll();
  }

  @Override
  public void errorOccurred(Connection nc, String error) {
    record(error);
  }

  /**
   * A connection that is not ours has no error listener of ours; its last error is all there is.
   */
  void lookAtLastError() {
    Connection nc = connection;
    String last = nc == null ? null : nc.getLastError();
    if (last != null && !last.equals(lastErrorSeen)) {
      lastErrorSeen = last;
      record(last);
    }
  }

  private void record(@Nullable String error) {
    String subject = error == null ? null : deniedSubject(error);
    if (subject == null) {
      return;
    }
    if (denied.size() < MAX_DENIED) {
      denied.put(subject, Boolean.TRUE);
    }
    observers.forEach(observer -> observer.denied(subject));
    wakeAll();
  }

  /** The subject in a permissions violation, or null. */
  static @Nullable String deniedSubject(String error) {
    Matcher matcher = VIOLATION.matcher(error);
    return matcher.find() ? matcher.group(2) : null;
  }

  public List<String> deniedSubjects() {
    lookAtLastError();
    return new ArrayList<>(denied.keySet());
  }

  private void wakeAll() {
    synchronized (changed) {
      changed.notifyAll();
    }
  }
}
