// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.wire.ByteSink;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FoldedAnswers;
import dev.jetlane.nats.wire.Refusals;
import dev.jetlane.nats.wire.Sender;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests, matches their answers, repeats unanswered requests, and ends each request by its
 * deadline, for pushes and settlements alike.
 *
 * <p><b>Purpose.</b> All answers arrive at one subscription, {@code <inbox>.*}; the last token is a
 * number whose low bits are the slot of the request. The request-reply of jnats, which this
 * replaces, allocates three kilobytes per message: a map, two futures, a parsed JSON.
 *
 * <p><b>Life of a request.</b> It takes a free slot ({@link RequestSlots}), is handed to the {@link
 * Sender} ({@code transmit}), and leaves the table exactly once ({@code release}): by its answer, a
 * refusal, its deadline, or the end of the queue. The thread that sets {@code done} completes it. A
 * slot is free again before the request completes, and its token is never used again, so that a
 * late answer finds another token or an empty slot.
 *
 * <p><b>Sending again.</b> A request without an answer is sent again with the same reply subject,
 * so that a late answer to the first try counts too: once a second, and immediately after a
 * reconnect. A request is repeated only if a repetition changes nothing ({@link Request.Repeat}),
 * or if it provably reached no server. A server that has forgotten the id of a message stores it a
 * second time, so a message is repeated only during half of the dedup window: the other half is for
 * the transport.
 *
 * <p><b>Flushing</b> is a task of this class alone: a request is {@link Urgency#AWAITED} (its
 * sender writes it), {@link Urgency#PIPELINED} (the thread of the connection's writer writes it),
 * {@link Urgency#DEFERRED} (that thread writes it a millisecond later), or part of a {@link Batch},
 * which writes when it ends.
 *
 * <p><b>Locks.</b> The monitor of a request guards its fields. Under it no lock of the table is
 * held, no socket is written, and no user code runs. {@code idle} is for {@link #awaitIdle} alone.
 *
 * <p><b>Threads.</b> Senders; the reader of the connection ({@link #takeAwaited}); the dispatcher's
 * thread (all other answers); the timer ({@link Sweeper}). A sender may block: until its deadline
 * while all slots are taken, and for at most a second for room in the writer. The timer does not.
 */
public final class RequestTable implements ConnectionMonitor.Observer, AutoCloseable {

  private static final long MAX_TRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long AFTER_RECONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** The margin for a machine that is suspended for a moment. */
  private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ConnectionMonitor monitor;
  private final Refusals refusals;
  private final Connection nc;
  private final QueueTimer timer;
  private final Sender sender;
  private final Dispatcher dispatcher;
  private final String inbox;
  private final String foldedSubject;
  private final RequestSlots slots = new RequestSlots();
  private final Sweeper sweeper;

  /** The requests in the table and the operations of several requests, for {@link #awaitIdle}. */
  private final AtomicInteger underWay = new AtomicInteger();

  private final Object idle = new Object();
  private volatile boolean closing;

  /** No request is accepted any more. */
  private volatile boolean closed;

  private volatile boolean inboxDenied;

  /** How long after the first try a server certainly knows the id of a message. */
  private final AtomicLong knownNanos;

  /**
   * Subscribes, and waits until the server knows the subscription.
   *
   * @param dedupWindow the window of the streams, as far as it is known
   */
  public RequestTable(Wire wire, QueueTimer timer, Duration dedupWindow) {
    knownNanos = new AtomicLong(dedupWindow.toNanos() / 2);
    monitor = wire.monitor();
    refusals = wire.refusals();
    nc = monitor.connection();
    this.timer = timer;
    sender = wire.sender();
    inbox = nc.createInbox() + ".";
    foldedSubject = FoldedAnswers.subject(inbox);
    dispatcher = nc.createDispatcher();
    // Answers are small and bounded by the slots; dropping one would turn a success into an unknown
    // outcome.
    dispatcher.setPendingLimits(0, 0);
    // Comes before the subscription, whose refusal may arrive immediately.
    monitor.observe(this);
    dispatcher.subscribe(inbox + "*", this::onMessage);
    wire.foldAnswers(inbox, this::takeAwaited);
    sweeper = new Sweeper(timer::after, slots::isEmpty, this::sweep);
  }

  /**
   * Sends a request. It completes by its deadline.
   *
   * @throws QueueClosedException if the queue is closed
   */
  public <T> Request<T> send(Request<T> request, Urgency urgency, long deadlineNanos) {
    monitor.requireOpen();
    return sendWhileClosing(request, urgency, deadlineNanos);
  }

  /** As {@link #send}, also while the queue closes: for the last request of an operation. */
  public <T> Request<T> sendWhileClosing(Request<T> request, Urgency urgency, long deadlineNanos) {
    boolean full = accept(request, urgency, deadlineNanos);
    if ((full && !timer.isCurrent()) || urgency == Urgency.AWAITED) {
      sender.flush();
    }
    return request;
  }

  /** Sends a request and waits for its answer, until the deadline. */
  public <T> T call(Request<T> request, long deadlineNanos) {
    return await(send(request, Urgency.AWAITED, deadlineNanos), deadlineNanos);
  }

  /** Waits for a request that was sent with this deadline. */
  public <T> T await(CompletableFuture<T> request, long deadlineNanos) {
    try {
      // The sweep ends every request, so this wait is long enough.
      long leftNanos = Math.max(0, deadlineNanos - System.nanoTime()) + MARGIN_NANOS;
      return request.get(leftNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException("interrupted while waiting for the confirmation", e);
    } catch (TimeoutException e) {
      throw new OutcomeUnknownException("no confirmation arrived in time", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TaskQueueException known) {
        throw known;
      }
      throw new OutcomeUnknownException("unexpected failure: " + e.getCause(), e.getCause());
    }
  }

  /** Records the dedup window of a stream, which may be shorter than the configured one. */
  public void found(Duration dedupWindow) {
    var unused = knownNanos.accumulateAndGet(dedupWindow.toNanos() / 2, Math::min);
  }

  /**
   * Creates a batch of requests that are written together, before their sender waits for all of
   * them.
   */
  public Batch batch() {
    return new Batch();
  }

  /** See {@link #batch}. Used by one thread. */
  public final class Batch implements AutoCloseable {

    private Batch() {}

    /**
     * Sends a request with the others.
     *
     * @throws QueueClosedException if the queue is closed
     */
    public <T> Request<T> send(Request<T> request, long deadlineNanos) {
      monitor.requireOpen();
      if (accept(request, Urgency.AWAITED, deadlineNanos)) {
        flush();
      }
      return request;
    }

    /** Writes the requests sent so far, before their sender waits. */
    public void flush() {
      sender.flush();
    }

    @Override
    public void close() {
      flush();
    }
  }

  /** Begins an operation of several requests: {@link #awaitIdle} waits for its end. */
  public void begin() {
    underWay.incrementAndGet();
  }

  /** Ends an operation. */
  public void end() {
    if (underWay.decrementAndGet() == 0 && closing) {
      synchronized (idle) {
        idle.notifyAll();
      }
    }
  }

  /** Waits until no request is open, or the time is over. */
  public void awaitIdle(long untilNanos) throws InterruptedException {
    closing = true;
    synchronized (idle) {
      long leftNanos = untilNanos - System.nanoTime();
      while (underWay.get() > 0 && leftNanos > 0) {
        TimeUnit.NANOSECONDS.timedWait(idle, leftNanos);
        leftNanos = untilNanos - System.nanoTime();
      }
    }
  }

  /**
   * Ends all open requests. The subscription ends with the connection, or here if the connection
   * stays open.
   */
  @Override
  public void close() {
    monitor.forget(this);
    closed = true;
    slots.forEach(request -> fail(request, closed(request)));
    try {
      nc.closeDispatcher(dispatcher);
    } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
      // The connection is closed, and its dispatchers too.
    }
  }

  private static TaskQueueException closed(Request<?> request) {
    String why = request.describe() + ": the queue was closed";
    synchronized (request) {
      return request.unanswered > 0
          ? new OutcomeUnknownException(why + " before the confirmation came", null)
          : new QueueClosedException(why, null);
    }
  }

  @Override
  public void reconnected() {
    inboxDenied = false;
    slots.forEach(
        request -> {
          synchronized (request) {
            request.resendAtNanos = System.nanoTime();
          }
        });
    timer.after("checking unanswered requests", 0, this::sweep);
  }

  @Override
  public void denied(String subject) {
    boolean all = subject.equals(inbox + "*");
    inboxDenied |= all;
    slots.forEach(
        request -> {
          if (all || request.subject().equals(subject)) {
            fail(request, denied(request, subject, all));
          }
        });
  }

  /** Returns whether the caller should flush, because many bytes are waiting. */
  private boolean accept(Request<?> request, Urgency urgency, long deadlineNanos) {
    long now = System.nanoTime();
    request.startAt(now, deadlineNanos);
    request.awaited = urgency == Urgency.AWAITED;
    begin();
    if (!slots.enlist(request, !timer.isCurrent())) {
      TaskQueueException error =
          new QueueUnavailableException(
              request.describe() + ": " + RequestSlots.COUNT + " requests are waiting for answers",
              null);
      request.released(error);
      end();
      request.fail(error);
      return false;
    }
    sweeper.work();
    if (inboxDenied) {
      fail(request, denied(request, inbox + "*"));
      return false;
    }
    boolean full = transmit(request, now, urgency);
    if (request.isHopeless()) {
      fail(request, timedOut(request));
    }
    if (closed) {
      // The request came after the close ended the others, so it ends here.
      fail(request, closed(request));
    }
    return full;
  }

  /**
   * Sends a try, and returns whether to flush. The caller must not hold the monitor of the request:
   * until JDK 24 a virtual thread that waits for the sender in a monitor keeps its carrier, and the
   * virtual thread that it waits for may be the next one that needs a carrier.
   */
  private boolean transmit(Request<?> request, long now, Urgency urgency) {
    long again = now + Math.min(MAX_TRY_NANOS, Math.max(1, request.allowedNanos() / 4));
    if (!request.sentAt(now, again)) {
      return false;
    }
    try {
      // A wait of the timer for room would delay the deadlines of all other requests.
      if (!timer.isCurrent() || sender.hasRoom()) {
        return sender.send(request, inbox, request.token, urgency);
      }
      request.notSent("the outgoing queue is full", now + PAUSE_NANOS, false);
    } catch (IllegalStateException e) {
      // The connection is lost or closed, or the outgoing queue stays full: nothing was sent.
      request.notSent(monitor.whyDown(), now + PAUSE_NANOS, false);
    } catch (IllegalArgumentException e) {
      request.notSent("not sent: " + e.getMessage(), now + PAUSE_NANOS, true);
    }
    return false;
  }

  private void onMessage(Message message) {
    String subject = message.getSubject();
    byte[] data = message.getData();
    if (subject.equals(foldedSubject)) {
      for (int from = 2 * Long.BYTES; from <= data.length; ) {
        int at = from - 2 * Long.BYTES;
        long length = ByteSink.longAt(data, at + Long.BYTES);
        if (length < 0 || length > data.length - from) {
          return; // Another client sent this, on a connection of the caller.
        }
        Request<?> request = slots.request(ByteSink.longAt(data, at));
        if (request != null) {
          answered(request, data, from, (int) length);
        }
        from += (int) length + 2 * Long.BYTES;
      }
      return;
    }
    long token = 0;
    for (int at = inbox.length(); at < subject.length(); at++) {
      token = token * 10 + (subject.charAt(at) - '0');
    }
    Request<?> request = slots.request(token);
    if (request != null) {
      if (message.isStatusMessage()) {
        refused(request, message.getStatus());
      } else {
        answered(request, data, 0, data.length);
      }
    }
  }

  /**
   * Completes an awaited request on the thread that reads the connection, which saves a thread
   * switch. No user code runs there.
   */
  private boolean takeAwaited(long token, byte[] data, int from, int length) {
    Request<?> request = slots.request(token);
    if (request == null || !request.awaited) {
      return false;
    }
    answered(request, data, from, length);
    return true;
  }

  private <T> void answered(Request<T> request, byte[] data, int from, int length) {
    refusals.forget(request.subject()); // An answer proves that the subject is permitted now.
    Request.Answer<T> answer = request.read(data, from, length);
    if (answer.again() != null) {
      refused(request, answer.again(), false);
    } else if (answer.error() != null) {
      fail(request, answer.error());
    } else {
      T value = Objects.requireNonNull(answer.value());
      if (release(request, null)) {
        request.succeed(value);
      }
    }
  }

  private void refused(Request<?> request, Status status) {
    boolean unheard = status.getCode() == Status.NO_RESPONDERS_CODE;
    refused(
        request,
        unheard ? "no responders on " + request.subject() : status.getMessageWithCode(),
        unheard);
    if (unheard) {
      monitor.missing();
    }
  }

  /** Handles an answer which means that the request had no effect and may succeed later. */
  private void refused(Request<?> request, String why, boolean unheard) {
    long now = System.nanoTime();
    synchronized (request) {
      request.lastRefusal = why;
      request.unheard = unheard;
      request.unanswered = Math.max(0, request.unanswered - 1);
      request.resendAtNanos = now + PAUSE_NANOS;
      // A deleted stream or consumer stays missing; one that a restarted server is loading appears
      // soon.
      boolean patient =
          monitor.reconnectedWithin(AFTER_RECONNECT_NANOS)
              || now - request.startNanos < request.allowedNanos() / 4;
      if (patient) {
        return;
      }
    }
    fail(request, timedOut(request));
  }

  private void sweep() {
    refusals.look(); // On a connection of the caller nothing else reports a refusal.
    long now = System.nanoTime();
    boolean connected = monitor.isConnected();
    slots.forEach(request -> sweep(request, now, connected));
  }

  private void sweep(Request<?> request, long now, boolean connected) {
    if (connected && request.isDue(now, knownNanos.get())) {
      var unused = transmit(request, now, Urgency.PIPELINED);
    }
    if (now - request.deadlineNanos >= 0 || request.isHopeless()) {
      fail(request, timedOut(request));
    }
  }

  private TaskQueueException timedOut(Request<?> request) {
    if (refusals.isDenied(request.subject())) {
      return denied(request, request.subject(), false);
    }
    synchronized (request) {
      if (request.unanswered > 0) {
        return new OutcomeUnknownException(
            request.describe()
                + ": no answer within "
                + Duration.ofNanos(request.allowedNanos())
                + refusals.serverSays(request.startNanos),
            null);
      }
      return request.notSentError();
    }
  }

  /** Returns the error of an open request. A refusal of answers says nothing about its tries. */
  private static TaskQueueException denied(Request<?> request, String subject, boolean ofAnswers) {
    PermissionDeniedException denied = denied(request, subject);
    synchronized (request) {
      return request.unanswered > (ofAnswers ? 0 : 1)
          ? new OutcomeUnknownException(denied.getMessage() + ", after an unanswered try", denied)
          : denied;
    }
  }

  private static PermissionDeniedException denied(Request<?> request, String subject) {
    String why = ": the server does not permit this client to use the subject ";
    return new PermissionDeniedException(request.describe() + why + subject, null);
  }

  private void fail(Request<?> request, TaskQueueException error) {
    if (release(request, error)) {
      request.fail(error);
    }
  }

  /** Removes the request from the table; returns true for exactly one caller. */
  private boolean release(Request<?> request, @Nullable TaskQueueException error) {
    synchronized (request) {
      if (request.done) {
        return false;
      }
      request.done = true;
    }
    slots.release(request);
    request.released(error);
    end();
    return true;
  }
}
