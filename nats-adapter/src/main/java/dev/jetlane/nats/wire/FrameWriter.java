package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * ByteSink on their way to the server, one after the other in one array: no object per message, and
 * as few writes as there are moments to write.
 *
 * <p>They leave through the same socket as everything else of jnats (its data port), and only while
 * jnats takes the connection for good. What could not be written when a connection broke is
 * dropped, as jnats does without a reconnect buffer: what is to be sent again is known to its
 * sender.
 *
 * <p>A caller that waits for an answer writes by itself, without another thread in between. For all
 * others there is a thread that writes as soon as it gets to it, or a moment later what no caller
 * waits for. That thread also writes whatever a socket may have no room for: a write to a socket
 * has no deadline, and a caller has one.
 */
public final class FrameWriter implements Sender, ConnectionMonitor.Observer, AutoCloseable {

  /** The socket. */
  public interface Target {
    /** Writes the first bytes of the array. */
    void write(byte[] bytes, int length) throws IOException;
  }

  /**
   * A thread that filled that much writes it by itself, and so feels it when the server is slow.
   */
  private static final int WRITE_AT_BYTES = 32 * 1024;

  private static final int FULL_BYTES = 1 << 20;

  /** A socket certainly has room for so much when the server has read everything before. */
  private static final int ROOM_BYTES = 2 * WRITE_AT_BYTES;

  /** As long as jnats waits for room in its own queue. */
  private static final long ROOM_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long an ack may stay here that nobody confirms. */
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final ConnectionMonitor monitor;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final ReentrantLock writing = new ReentrantLock();
  private final Thread writer;

  private ByteSink filling = new ByteSink(2 * WRITE_AT_BYTES);
  private ByteSink leaving = new ByteSink(2 * WRITE_AT_BYTES);

  /** Somebody waits for what is here. */
  private boolean urgent;

  /** The writer is not writing. */
  private boolean waiting;

  /** The writer sleeps until it is called. */
  private boolean asleep;

  /** The server knows the subscriptions of this connection. */
  private boolean open;

  private boolean closed;

  /** All that was taken to be written so far. Changes under the lock. */
  private volatile long sentBytes;

  /** {@link #sentBytes} when the server last sent something. */
  private volatile long sentBytesWhenHeard;

  /** How often {@link #filling} was taken to be written, and how many of these are written. */
  private long taken;

  private long written;

  FrameWriter(ConnectionMonitor monitor, String name) {
    this.monitor = monitor;
    writer = new Thread(this::writeOn, name);
    writer.setDaemon(true);
  }

  @Override
  public void publish(String subject, byte[] body) {
    Connection nc = requireConnected();
    boolean full;
    lock.lock();
    try {
      awaitRoom();
      filling.put("PUB ").put(subject).put(' ').put((long) body.length).endLine();
      filling.put(body).endLine();
      wake(false);
      full = filling.size() >= WRITE_AT_BYTES;
    } finally {
      lock.unlock();
    }
    if (full) {
      write(nc);
    }
  }

  @Override
  public void publish(String subject, String replyTo, byte[] body) {
    Connection nc = requireConnected();
    lock.lock();
    try {
      awaitRoom();
      filling.put("PUB ").put(subject).put(' ').put(replyTo).put(' ');
      filling.put((long) body.length).endLine().put(body).endLine();
      wake(false);
    } finally {
      lock.unlock();
    }
    write(nc);
  }

  @Override
  public boolean send(Frame frame, String inbox, long token, boolean soon) {
    Connection nc = requireConnected();
    List<Frame> before = frame.before();
    for (int i = 0; i < before.size(); i++) {
      var unused = checkedHeaderSize(before.get(i), nc);
    }
    int header = checkedHeaderSize(frame, nc);
    lock.lock();
    try {
      awaitRoom();
      for (int i = 0; i < before.size(); i++) {
        Frame each = before.get(i);
        int size = each.headerSize();
        startFrame(each, size);
        endFrame(each, size);
      }
      startFrame(frame, header);
      filling.put(inbox).put(token).put(' ');
      endFrame(frame, header);
      wake(soon);
      return filling.size() >= WRITE_AT_BYTES;
    } finally {
      lock.unlock();
    }
  }

  private static int checkedHeaderSize(Frame frame, Connection nc) {
    int header = frame.headerSize();
    int size = header + frame.bodySize();
    if (size > nc.getMaxPayload()) {
      throw new IllegalArgumentException(
          "it has " + size + " bytes with its headers, and the server takes " + nc.getMaxPayload());
    }
    return header;
  }

  /** Up to the subject. The caller holds the lock. */
  private void startFrame(Frame frame, int header) {
    filling.put(header > 0 ? "HPUB " : "PUB ").put(frame.subject()).put(' ');
  }

  /** From the sizes on. The caller holds the lock. */
  private void endFrame(Frame frame, int header) {
    if (header > 0) {
      filling.put((long) header).put(' ');
    }
    filling.put((long) header + frame.bodySize()).endLine();
    frame.writeHeaders(filling);
    frame.writeBody(filling);
    filling.endLine();
  }

  @Override
  public boolean hasRoom() {
    lock.lock();
    try {
      return filling.size() < FULL_BYTES;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Also waits for whoever is writing what was here before, for a moment: what jnats is given after
   * this, a ping or a subscription, comes to the server after it.
   */
  @Override
  public void flush() {
    if (!monitor.isConnected()) {
      return;
    }
    if (VirtualThreads.isCurrent() || mightBlock()) {
      awaitWritten();
    } else if (!(writeIfFree(mayWaitNanos()) || isEmpty())) {
      callWriter();
    }
  }

  /** The writer's own thread writes what is here; the caller waits for that, for a moment. */
  private void awaitWritten() {
    long left = mayWaitNanos();
    lock.lock();
    try {
      long mine = filling.isEmpty() ? taken : taken + 1;
      if (written < mine) {
        urgent = true;
        work.signal();
      }
      while (written < mine && open && !closed && left > 0) {
        left = room.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** The server sent something: it reads, too. */
  public void heard() {
    sentBytesWhenHeard = sentBytes;
  }

  /** Whether the socket may have no room for the waiting bytes. */
  private boolean mightBlock() {
    lock.lock();
    try {
      return sentBytes - sentBytesWhenHeard + filling.size() > ROOM_BYTES;
    } finally {
      lock.unlock();
    }
  }

  private static long mayWaitNanos() {
    return Thread.currentThread().isInterrupted() ? 0 : ROOM_NANOS;
  }

  private boolean isEmpty() {
    lock.lock();
    try {
      return filling.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** The caller holds the lock of jnats' writer, and the socket is the current one. */
  public void writeTo(Target socket) throws IOException {
    lock.lock();
    try {
      // A new socket is not in use before the server has accepted the connection.
      if (!open || !monitor.isConnected() || filling.isEmpty()) {
        return;
      }
      ByteSink full = filling;
      filling = leaving;
      leaving = full;
      long before = sentBytes;
      sentBytes = before + full.size();
      taken++;
      urgent = false;
      room.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      socket.write(leaving.array(), leaving.size());
    } finally {
      leaving.clear();
      tellWritten();
    }
  }

  private void tellWritten() {
    lock.lock();
    try {
      written = taken;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** There is another socket: what the last one did not take is gone. */
  void dropAll() {
    lock.lock();
    try {
      open = false;
      urgent = false;
      filling.clear();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void reconnected() {
    open();
  }

  /** The server knows the subscriptions: answers will arrive. */
  void open() {
    lock.lock();
    try {
      if (writer.getState() == Thread.State.NEW) {
        writer.start();
      }
      open = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread; what is here goes out before. */
  @Override
  public void close() {
    flush();
    lock.lock();
    try {
      closed = true;
      work.signal();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Connection requireConnected() {
    if (!monitor.isConnected()) {
      throw new IllegalStateException("the connection is down");
    }
    return monitor.connection();
  }

  /** The caller holds the lock. */
  private void awaitRoom() {
    long left = ROOM_NANOS;
    while (filling.size() >= FULL_BYTES) {
      try {
        left = left > 0 && !closed ? room.awaitNanos(left) : 0;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        left = 0;
      }
      if (left <= 0) {
        throw new IllegalStateException("the server takes nothing");
      }
    }
    if (closed) {
      throw new IllegalStateException("closed");
    }
  }

  /** The caller holds the lock. */
  private void wake(boolean now) {
    if (now ? waiting && !urgent : asleep) {
      work.signal();
    }
    asleep = false;
    urgent |= now;
  }

  /**
   * Unless somebody else does. A virtual thread never does: an interrupt while it writes closes the
   * socket, and with it the connection of everybody (JDK 21 and later).
   */
  private void write(Connection nc) {
    if (!VirtualThreads.isCurrent() && !mightBlock() && writing.tryLock()) {
      writeAndUnlock(nc);
    } else {
      callWriter();
    }
  }

  /** False if somebody else has been writing for all that time. */
  private boolean writeIfFree(long nanos) {
    try {
      if (!writing.tryLock() && !writing.tryLock(nanos, TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    writeAndUnlock(monitor.connection());
    return true;
  }

  private void writeAndUnlock(Connection nc) {
    try {
      if (!isEmpty()) {
        nc.flushBuffer();
      }
    } catch (IOException | IllegalStateException disconnected) {
      // Then it is dropped with the socket.
    } finally {
      writing.unlock();
    }
  }

  private void callWriter() {
    lock.lock();
    try {
      urgent = true;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends only with the close: what is thrown, and be it for want of memory, costs one write. */
  private void writeOn() {
    boolean goesOn = true;
    while (goesOn) {
      goesOn = writeOnce();
    }
  }

  private boolean writeOnce() {
    try {
      if (!awaitWork()) {
        return false;
      }
      writing.lock();
      writeAndUnlock(monitor.connection());
      return true;
    } catch (RuntimeException | Error e) {
      return true;
    }
  }

  /** Waits until there is something to write; false when there never will be. */
  private boolean awaitWork() {
    boolean rested = false;
    lock.lock();
    waiting = true;
    try {
      while (!closed) {
        boolean some = open && !filling.isEmpty();
        if (some && (urgent || rested)) {
          urgent = false;
          return true;
        }
        // Not to sleep at once spares those who send all the time the calls that wake this thread.
        if (some || !rested) {
          rested = work.awaitNanos(LINGER_NANOS) <= 0;
        } else {
          // Who waited for another thread's write asked for this one; there is nothing left to do.
          urgent = false;
          asleep = true;
          work.await();
          rested = false;
        }
      }
    } catch (InterruptedException e) {
      // Nobody has this thread.
    } finally {
      waiting = false;
      asleep = false;
      lock.unlock();
    }
    return false;
  }
}
