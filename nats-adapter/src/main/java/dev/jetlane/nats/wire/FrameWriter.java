// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import dev.jetlane.driver.Urgency;
import io.nats.client.Connection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gathers outgoing frames in one array: no object per message, and few writes.
 *
 * <p>The frames leave through the same socket as all other bytes of jnats (its data port), and only
 * while jnats considers the connection usable. Frames that were not written when a connection broke
 * are dropped, as jnats does without a reconnect buffer: the sender of a frame knows whether to
 * send it again.
 *
 * <p>A caller that waits for an answer writes on its own thread. A writer thread writes all other
 * frames: as soon as it runs, or a moment later if no caller waits. It also writes when the socket
 * may have no room, because a write to a socket can block without limit, and a caller has a
 * deadline.
 */
public final class FrameWriter implements Sender, ConnectionMonitor.Observer, AutoCloseable {

  /** The socket. */
  public interface Target {
    /** Writes the first bytes of the array. */
    void write(byte[] bytes, int length) throws IOException;
  }

  /**
   * A thread that has gathered this many bytes writes them itself, so that a slow server slows it
   * down.
   */
  private static final int WRITE_AT_BYTES = 32 * 1024;

  private static final int FULL_BYTES = 1 << 20;

  /** A socket has room for at least this many bytes when the server has read all earlier ones. */
  private static final int ROOM_BYTES = 2 * WRITE_AT_BYTES;

  /** The same time that jnats waits for room in its own queue. */
  private static final long ROOM_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long an unconfirmed ack may wait here. */
  private static final long LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final ConnectionMonitor monitor;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final ReentrantLock writing = new ReentrantLock();
  private final Thread writer;

  private ByteSink filling = new ByteSink(2 * WRITE_AT_BYTES);
  private ByteSink leaving = new ByteSink(2 * WRITE_AT_BYTES);

  /** Whether a caller waits for these frames. */
  private boolean urgent;

  /** Whether the writer thread is waiting. */
  private boolean waiting;

  /** Whether the writer thread sleeps until it is called. */
  private boolean asleep;

  /** Whether the server knows the subscriptions of this connection. */
  private boolean open;

  private boolean closed;

  /** The number of bytes taken for writing so far. Changes under the lock. */
  private volatile long sentBytes;

  /** The value of {@link #sentBytes} when the server last sent a message. */
  private volatile long sentBytesWhenHeard;

  /** The number of writes that have begun; {@code written} counts those that have ended. */
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
      int mark = awaitRoom();
      try {
        filling.put("PUB ").put(subject).put(' ').put((long) body.length).endLine();
        filling.put(body).endLine();
      } catch (RuntimeException | Error e) {
        filling.truncate(mark);
        throw e;
      }
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
      int mark = awaitRoom();
      try {
        filling.put("PUB ").put(subject).put(' ').put(replyTo).put(' ');
        filling.put((long) body.length).endLine().put(body).endLine();
      } catch (RuntimeException | Error e) {
        filling.truncate(mark);
        throw e;
      }
    } finally {
      lock.unlock();
    }
    write(nc);
  }

  @Override
  public boolean send(Frame frame, String inbox, long token, Urgency urgency) {
    Connection nc = requireConnected();
    List<Frame> before = frame.before();
    for (int i = 0; i < before.size(); i++) {
      var unused = checkedHeaderSize(before.get(i), nc);
    }
    int header = checkedHeaderSize(frame, nc);
    lock.lock();
    try {
      int mark = awaitRoom();
      try {
        for (int i = 0; i < before.size(); i++) {
          Frame each = before.get(i);
          int size = each.headerSize();
          startFrame(each, size);
          endFrame(each, size);
        }
        startFrame(frame, header);
        filling.put(inbox).put(token).put(' ');
        endFrame(frame, header);
      } catch (RuntimeException | Error e) {
        filling.truncate(mark);
        throw e;
      }
      if (urgency != Urgency.AWAITED) {
        wake(urgency == Urgency.PIPELINED);
      }
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
          size + " bytes with headers exceed the server's max_payload, " + nc.getMaxPayload());
    }
    return header;
  }

  /** Writes a frame up to the subject. The caller holds the lock. */
  private void startFrame(Frame frame, int header) {
    filling.put(header > 0 ? "HPUB " : "PUB ").put(frame.subject()).put(' ');
  }

  /** Writes a frame from the sizes on. The caller holds the lock. */
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
   * Also waits briefly for another thread that is writing earlier frames, so that a later ping or
   * subscription of jnats reaches the server after them.
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

  /** Lets the writer thread write; the caller waits briefly for that. */
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

  /** Records a message of the server, which proves that it reads. */
  public void heard() {
    sentBytesWhenHeard = sentBytes;
  }

  /** Returns whether the socket may have no room for the waiting bytes. */
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

  /**
   * Writes the waiting frames. The caller holds the lock of jnats' writer, and the socket is the
   * current one.
   */
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

  /** Drops the frames that the previous socket did not write. */
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

  /** Opens the writer, because the server knows the subscriptions and answers will arrive. */
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

  /** Writes the waiting frames and ends the thread. */
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

  /**
   * Returns the size of the whole frames, to which an error must restore the array: the server
   * takes the frames after a part of a frame as its body. The caller holds the lock.
   */
  private int awaitRoom() {
    long left = ROOM_NANOS;
    while (filling.size() >= FULL_BYTES) {
      try {
        left = left > 0 && !closed ? room.awaitNanos(left) : 0;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        left = 0;
      }
      if (left <= 0) {
        throw new IllegalStateException(
            "the server accepts no data, and the outgoing queue is full");
      }
    }
    if (closed) {
      throw new IllegalStateException("closed");
    }
    return filling.size();
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
   * Writes, unless another thread is writing. A virtual thread never writes: an interrupt during a
   * write would close the socket, and with it the connection of all users (JDK 21 and later).
   */
  private void write(Connection nc) {
    if (!VirtualThreads.isCurrent() && !mightBlock() && writing.tryLock()) {
      writeAndUnlock(nc);
    } else {
      callWriter();
    }
  }

  /** Writes if no other thread is writing; false if one wrote during the whole time. */
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
      // The frames are dropped with the socket.
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

  /**
   * Ends only with the close: an exception or error, even for lack of memory, affects one write
   * only.
   */
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

  /** Waits for a frame to write; false after the close. */
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
        // Rests briefly before sleeping, which saves busy senders the calls that wake this thread.
        if (some || !rested) {
          rested = work.awaitNanos(LINGER_NANOS) <= 0;
        } else {
          // The other thread has written the frames of the caller that asked for this write.
          urgent = false;
          asleep = true;
          work.await();
          rested = false;
        }
      }
    } catch (InterruptedException e) {
      // No other code interrupts this thread.
    } finally {
      waiting = false;
      asleep = false;
      lock.unlock();
    }
    return false;
  }
}
