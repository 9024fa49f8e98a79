// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One connection. It is created before the connection of jnats, because jnats hands its error
 * listener on to the socket, and is bound to that connection afterwards.
 */
public final class Wire implements ErrorListener {

  private static final long WAIT_MILLIS = 250;
  private static final long WAIT_REFUSED_MILLIS = 1_000;

  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private volatile @Nullable FrameWriter writer;
  private volatile @Nullable Sender sender;
  private volatile @Nullable FlushLock flushLock;
  private volatile byte @Nullable [] answersPrefix;
  private volatile InboundRewriter.@Nullable Taker answersTaker;
  private volatile boolean reading;
  private final ConnectFailures connectFailures = new ConnectFailures();

  /** Counts over all sockets of the connection: see {@link InboundRewriter}. */
  private final AtomicInteger credentialRefusals = new AtomicInteger();

  private volatile int refusalsAtLastWait;

  /** Binds the open connection. */
  public void bind(Connection nc) {
    monitor.bind(nc);
    FrameWriter own = writer;
    Sender bound = own == null ? new Sender.ThroughJnats(nc) : own;
    sender = bound;
    flushLock = new FlushLock(monitor, bound);
    if (own != null) {
      refusals().areReported();
      own.open();
    }
  }

  public ConnectionMonitor monitor() {
    return monitor;
  }

  public Refusals refusals() {
    return monitor.refusals();
  }

  public Sender sender() {
    return requireBound(sender);
  }

  public FlushLock flushLock() {
    return requireBound(flushLock);
  }

  private static <T> T requireBound(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("not connected yet");
    }
    return part;
  }

  /** Called when jnats opens a socket of ours; drops the frames of the previous one. */
  public FrameWriter newSocket() {
    FrameWriter own = writer;
    if (own == null) {
      own = new FrameWriter(monitor, "jetlane-nats-writer");
      monitor.observe(own);
      writer = own;
    }
    own.dropAll();
    return own;
  }

  /** Returns the rewriter through which a socket of ours reads. */
  public InboundRewriter rewriterOf(InboundRewriter.Source source) {
    return new InboundRewriter(
        (target, from, length) -> {
          int read = source.read(target, from, length);
          FrameWriter own = writer;
          if (own != null) {
            own.heard(); // Also for answers that are taken, of which jnats reads nothing.
          }
          return read;
        },
        () -> answersPrefix,
        this::takeAnswer,
        credentialRefusals::incrementAndGet);
  }

  private boolean takeAnswer(long number, byte[] source, int from, int length) {
    InboundRewriter.Taker taker = answersTaker;
    return taker != null && taker.take(number, source, from, length);
  }

  /**
   * Opens the writer for requests whose answers have this prefix, after the subscription to them.
   * Waits until the server knows the subscription, because requests are written separately and
   * could overtake it.
   */
  public void foldAnswers(String prefix, InboundRewriter.Taker taker) {
    answersTaker = taker;
    answersPrefix = prefix.getBytes(StandardCharsets.US_ASCII);
    if (writer != null) {
      try {
        flushLock().flush();
      } catch (InterruptedException e) {
        // The first request may be sent again in this case.
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns whether the socket is one of ours. */
  public boolean isOwn() {
    return writer != null;
  }

  /** Records whether a thread is reading from the server; called only by a socket of ours. */
  public void reading(boolean now) {
    reading = now;
  }

  /** Returns whether a thread is known to read from the server. */
  public boolean isReading() {
    return reading;
  }

  /** Returns how often a server refused the credentials. */
  public int credentialRefusals() {
    return credentialRefusals.get();
  }

  /**
   * Returns the time until the next attempt to reconnect, so that a server that refuses the
   * credentials of many clients is not kept busy by them.
   */
  public Duration reconnectWait() {
    int refusals = credentialRefusals.get();
    long millis = refusals == refusalsAtLastWait ? WAIT_MILLIS : WAIT_REFUSED_MILLIS;
    refusalsAtLastWait = refusals;
    return Duration.ofMillis(millis + ThreadLocalRandom.current().nextLong(millis));
  }

  /** Reports a violation of the protocol by the server: jnats opens another connection. */
  public void protocolFailed(ProtocolException e) {
    connectFailures.add(e);
    monitor.protocolFailed(e);
  }

  /** Reports a connection that is up and that no thread reads. */
  public void readerDied() {
    monitor.readerDied(
        isOwn()
            ? "no thread reads the connection: the client opens another one"
            : "the server does not answer on the caller's connection, or the reader thread of jnats"
                + " has ended (because of headers that jnats cannot parse?): the client opens"
                + " another connection. With NatsQueues.connect such headers are harmless");
  }

  /** Ends the threads of this connection, except those of jnats. */
  public void release() {
    FrameWriter own = writer;
    if (own != null) {
      own.close();
    }
  }

  /** Returns the reasons of failed connection attempts. */
  public ConnectFailures connectFailures() {
    return connectFailures;
  }

  @Override
  public void exceptionOccurred(Connection nc, Exception failure) {
    if (sender == null) { // The connection is being opened.
      connectFailures.add(failure);
    } else if (!monitor.isConnected()) {
      monitor.attemptFailed(failure);
    }
  }

  @Override
  public void errorOccurred(Connection nc, String error) {
    monitor.refusals().errorOccurred(error);
  }
}
