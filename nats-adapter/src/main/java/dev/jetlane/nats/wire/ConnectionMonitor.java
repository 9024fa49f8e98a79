package dev.jetlane.nats.wire;

import dev.jetlane.QueueClosedException;
import dev.jetlane.spi.Observation;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Dispatcher;
import io.nats.client.ErrorListener;
import io.nats.client.Subscription;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final Pattern VIOLATION =
      Pattern.compile(
          "permissions violation for (publish|subscription) to \"?([^\"\\s]+)",
          Pattern.CASE_INSENSITIVE);
  private static final int MAX_DENIED = 1_000;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(1);
  private static final Duration LATELY = Duration.ofMinutes(10);

  private final List<Observer> observers = new CopyOnWriteArrayList<>();
  private final ConcurrentHashMap<String, Boolean> denied = new ConcurrentHashMap<>();
  private final Object changed = new Object();
  private volatile @Nullable Connection connection;
  private volatile @Nullable FrameWriter outlet;
  private volatile @Nullable Sender sender;
  private volatile byte @Nullable [] answersPrefix;
  private volatile InboundRewriter.@Nullable Taker answersTaker;
  private volatile boolean closed;
  private volatile Observation observation = Observation.NONE;

  /** jnats says so again with every attempt to reconnect. */
  private final AtomicBoolean lost = new AtomicBoolean();

  private final AtomicInteger refusals = new AtomicInteger();
  private final AtomicInteger epoch = new AtomicInteger();
  private volatile long reconnectedAtNanos = System.nanoTime();
  private volatile @Nullable String lastErrorSeen;

  private final Flushing flushing = new Flushing(this);
  private final ServerWords words = new ServerWords();
  private volatile long lostAtNanos = System.nanoTime();
  private volatile boolean reading;
  private volatile @Nullable SSLException tlsFailure;
  private volatile @Nullable Death lastDeath;

  private record Death(String text, long atNanos) {}

  public void bind(Connection nc) {
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

  /** The server sent what is not its protocol: jnats opens another connection. */
  public void protocolFailed(ProtocolException e) {
    String text = e.getMessage() + "; another connection is opened";
    LOG.log(System.Logger.Level.WARNING, text);
    observation.warned(text);
  }

  /** Whether the socket is one of ours. */
  public boolean isOwn() {
    return outlet != null;
  }

  /** The number of one more refusal of our credentials. */
  public int nextRefusal() {
    return refusals.incrementAndGet();
  }

  /** A thread waits for what the server sends, or got it; told by a socket of ours alone. */
  public void reading(boolean now) {
    reading = now;
  }

  /** Whether a thread is known to wait for what the server sends. */
  public boolean isReading() {
    return reading;
  }

  /** As of {@link Flushing#answersPing}. */
  public boolean answersPing() {
    return flushing.answersPing();
  }

  /** The connection looks up, and nobody reads it. */
  public void readerDied() {
    String text =
        isOwn()
            ? "no thread reads the connection any more: another connection is opened"
            : "the server does not answer on the caller's connection, or its reader thread has died"
                + " (of a message with headers that jnats cannot parse?): another connection is"
                + " opened. A queue with a connection of its own survives such messages";
    lastDeath = new Death(text, System.nanoTime());
    LOG.log(System.Logger.Level.WARNING, text);
    observation.warned(text);
  }

  /** The last time that nobody read the connection, if it was lately; null if it was not. */
  public @Nullable String recentDeath() {
    Death death = lastDeath;
    return death == null || System.nanoTime() - death.atNanos > LATELY.toNanos()
        ? null
        : death.text;
  }

  /** Opens another connection, unless jnats is at it. May block for as long as that takes. */
  public void reconnect() {
    try {
      connection().forceReconnect();
    } catch (IOException | IllegalStateException e) {
      LOG.log(System.Logger.Level.WARNING, "no other connection could be opened", e);
    } catch (InterruptedException shutdown) {
      Thread.currentThread().interrupt();
    }
  }

  /** What to say of a connection that is down. */
  public String whyDown() {
    if (isDead()) {
      return "the connection is down: it was closed";
    }
    return "the connection is down, and is opened again as soon as the server lets it"
        + words.since(lostAtNanos);
  }

  /** To be added to a text: the error that the server sent since then, or nothing. */
  public String serverSays(long sinceNanos) {
    lookAtLastError();
    return words.since(sinceNanos);
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

  /** As of {@link Flushing#drain(Subscription)}. */
  public void drain(Subscription subscription) {
    flushing.drain(subscription);
  }

  /** As of {@link Flushing#drain(Dispatcher)}. */
  public void drain(Dispatcher dispatcher) throws InterruptedException {
    flushing.drain(dispatcher);
  }

  /** Waits until the server has got everything that was sent, for at most a second. */
  public void flush() throws InterruptedException {
    flushing.flush();
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
      // What came right before it is the reason.
      lostAtNanos = System.nanoTime() - ANSWER_WITHIN.toNanos();
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
    if (error != null) {
      words.said(error);
    }
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
