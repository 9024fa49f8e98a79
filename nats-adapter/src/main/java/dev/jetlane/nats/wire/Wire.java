package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One connection: made before it is opened, because jnats hands its error listener on to the
 * socket, and bound to it afterwards.
 */
public final class Wire implements ErrorListener {

  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private volatile @Nullable FrameWriter writer;
  private volatile @Nullable Sender sender;
  private volatile @Nullable FlushLock flushLock;
  private volatile byte @Nullable [] answersPrefix;
  private volatile InboundRewriter.@Nullable Taker answersTaker;
  private volatile boolean reading;
  private final ConnectFailures connectFailures = new ConnectFailures();

  /** Over all sockets of the connection: see {@link InboundRewriter}. */
  private final AtomicInteger credentialRefusals = new AtomicInteger();

  /** The connection is open. */
  public void bind(Connection nc) {
    monitor.bind(nc);
    FrameWriter own = writer;
    Sender bound = own == null ? new Sender.ThroughJnats(nc) : own;
    sender = bound;
    flushLock = new FlushLock(monitor, bound);
    if (own != null) {
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

  /** jnats is about to open a socket of ours; what the last one did not take is gone. */
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

  /** What a socket of ours reads passes through the result. */
  public InboundRewriter rewriterOf(InboundRewriter.Source source) {
    return new InboundRewriter(
        source, () -> answersPrefix, this::takeAnswer, credentialRefusals::incrementAndGet);
  }

  private boolean takeAnswer(long number, byte[] source, int from, int length) {
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
    if (writer != null) {
      try {
        flushLock().flush();
      } catch (InterruptedException e) {
        // Then the first request may have to be sent again.
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Whether the socket is one of ours. */
  public boolean isOwn() {
    return writer != null;
  }

  /** A thread waits for what the server sends, or got it; called by a socket of ours alone. */
  public void reading(boolean now) {
    reading = now;
  }

  /** Whether a thread is known to wait for what the server sends. */
  public boolean isReading() {
    return reading;
  }

  /** The server sent what is not its protocol: jnats opens another connection. */
  public void protocolFailed(ProtocolException e) {
    connectFailures.add(e);
    monitor.protocolFailed(e);
  }

  /** The connection looks up, and no thread reads it. */
  public void readerDied() {
    monitor.readerDied(
        isOwn()
            ? "no thread reads the connection any more: another connection is opened"
            : "the server does not answer on the caller's connection, or its reader thread has died"
                + " (of a message with headers that jnats cannot parse?): another connection is"
                + " opened. A queue with a connection of its own survives such messages");
  }

  /** Ends what this has running beside the connection. */
  public void release() {
    FrameWriter own = writer;
    if (own != null) {
      own.close();
    }
  }

  /** Why the connection could not be opened. */
  public ConnectFailures connectFailures() {
    return connectFailures;
  }

  @Override
  public void exceptionOccurred(Connection nc, Exception failure) {
    if (sender == null) { // It is being opened.
      connectFailures.add(failure);
    }
  }

  @Override
  public void errorOccurred(Connection nc, String error) {
    monitor.refusals().errorOccurred(error);
  }
}
