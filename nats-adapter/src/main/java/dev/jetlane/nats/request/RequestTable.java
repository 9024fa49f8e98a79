package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.wire.ByteSink;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.InboundRewriter;
import dev.jetlane.nats.wire.Request;
import dev.jetlane.nats.wire.Sender;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests and matches their answers, for pushes and settlements alike.
 *
 * <p>All answers come to one subscription, {@code <inbox>.*}; the last token is a number whose low
 * bits are the slot of the request. That is what jnats' own request-reply costs three kilobytes a
 * message for: a map, two futures, a parsed JSON.
 *
 * <p>Within the request timeout a request that got no answer is sent again, with the same reply
 * subject, so that a late answer to the first try counts too: once a second, and at once after a
 * reconnect. Only what changes nothing the second time is sent again ({@link Request#repeatable}),
 * or what provably reached nobody.
 */
public final class RequestTable implements ConnectionMonitor.Observer, AutoCloseable {

  private static final String NOBODY_LISTENS = "nobody listens on ";
  private static final int SLOTS = 1 << 16;
  private static final int MASK = SLOTS - 1;
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long MAX_TRY_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long AFTER_RECONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long FULL_TABLE_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final ConnectionMonitor link;
  private final Connection nc;
  private final QueueTimer timer;
  private final long timeoutNanos;
  private final long tryNanos;
  private final Sender sender;
  private final Dispatcher dispatcher;
  private final String inbox;
  private final String foldedSubject;
  private final AtomicReferenceArray<@Nullable Request<?>> table =
      new AtomicReferenceArray<>(SLOTS);
  private final AtomicLong nextToken = new AtomicLong();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final Object idle = new Object();
  private volatile boolean closing;

  /** Nobody looks after requests any more. */
  private volatile boolean closed;

  private volatile boolean inboxDenied;

  RequestTable(ConnectionMonitor link, Duration timeout, QueueTimer timer) {
    this.link = link;
    this.nc = link.connection();
    this.timer = timer;
    timeoutNanos = timeout.toNanos();
    tryNanos = Math.min(MAX_TRY_NANOS, Math.max(1, timeoutNanos / 4));
    sender = link.sender();
    inbox = nc.createInbox() + ".";
    foldedSubject = InboundRewriter.foldedSubject(inbox);
    dispatcher = nc.createDispatcher();
    // Answers are small and bounded by the slots; dropping one would turn a success into an unknown
    // outcome.
    dispatcher.setPendingLimits(0, 0);
    // Before the subscription, whose refusal may be here at once.
    link.observe(this);
    dispatcher.subscribe(inbox + "*", this::onMessage);
    link.foldAnswers(inbox, this::takeAwaited);
    timer.every("looking after requests", TICK_NANOS, this::sweep);
  }

  /** Whether a request failed because no stream has its subject. */
  public static boolean isNobodyListening(Throwable error) {
    Throwable known = error instanceof CompletionException ? error.getCause() : error;
    return known instanceof QueueUnavailableException
        && String.valueOf(known.getMessage()).contains(NOBODY_LISTENS);
  }

  public long timeoutNanos() {
    return timeoutNanos;
  }

  /**
   * Sends a request. It completes within the request timeout.
   *
   * @throws QueueClosedException if the queue is closed
   */
  public <T> Request<T> send(Request<T> request) {
    link.requireOpen();
    return sendWhileClosing(request);
  }

  /**
   * As {@link #send}, also when the queue is about to close: the last settlements of close itself.
   */
  public <T> Request<T> sendWhileClosing(Request<T> request) {
    long now = System.nanoTime();
    request.startNanos = now;
    inFlight.incrementAndGet();
    if (!enlist(request)) {
      inFlight.decrementAndGet();
      QueueUnavailableException full =
          new QueueUnavailableException(
              request.describe() + ": " + SLOTS + " requests are waiting for answers", null);
      request.released(full);
      request.completeExceptionally(full);
      return request;
    }
    if (inboxDenied) {
      fail(request, denied(request, inbox + "*"));
      return request;
    }
    synchronized (request) {
      transmit(request, now);
    }
    if (request.hopeless) {
      fail(request, timedOut(request));
    }
    if (closed) {
      // It came after those that the close ended: nothing else would ever end it.
      fail(request, closed(request));
    }
    return request;
  }

  /** Sends a request and waits for its answer. */
  public <T> T call(Request<T> request) {
    request.flushed = true;
    request.awaited = true;
    Request<T> sent = send(request);
    sender.flush();
    return await(sent);
  }

  /** Waits for what was sent. */
  public <T> T await(CompletableFuture<T> request) {
    try {
      // The sweep ends every request; the margin is for a machine that stands still.
      return request.get(2 * timeoutNanos + MARGIN_NANOS, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException("interrupted while waiting for the confirmation", e);
    } catch (TimeoutException e) {
      throw new OutcomeUnknownException("no confirmation came", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TaskQueueException known) {
        throw known;
      }
      throw new OutcomeUnknownException("failed in an unexpected way", e.getCause());
    }
  }

  /** Waits until nothing is under way, or the time is over. */
  public void awaitIdle(long untilNanos) throws InterruptedException {
    closing = true;
    synchronized (idle) {
      long leftNanos = untilNanos - System.nanoTime();
      while (inFlight.get() > 0 && leftNanos > 0) {
        TimeUnit.NANOSECONDS.timedWait(idle, leftNanos);
        leftNanos = untilNanos - System.nanoTime();
      }
    }
  }

  /**
   * Ends what is still under way. The subscription ends with the connection, or here if that lives
   * on.
   */
  @Override
  public void close() {
    link.forget(this);
    closed = true;
    forEachPending(request -> fail(request, closed(request)));
    try {
      nc.closeDispatcher(dispatcher);
    } catch (IllegalStateException | IllegalArgumentException alreadyClosed) {
      // The connection is gone, and its dispatchers with it.
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
    forEachPending(
        request -> {
          synchronized (request) {
            request.resendAtNanos = System.nanoTime();
          }
        });
    timer.after("looking after requests", 0, this::sweep);
  }

  @Override
  public void denied(String subject) {
    boolean all = subject.equals(inbox + "*");
    inboxDenied |= all;
    forEachPending(
        request -> {
          if (all || request.subject().equals(subject)) {
            fail(request, denied(request, subject));
          }
        });
  }

  private boolean enlist(Request<?> request) {
    for (int tries = 1; ; tries++) {
      long token = nextToken.getAndIncrement();
      request.token = token;
      if (table.compareAndSet((int) token & MASK, null, request)) {
        return true;
      }
      if (tries % SLOTS == 0) {
        if (System.nanoTime() - request.startNanos > timeoutNanos) {
          return false;
        }
        LockSupport.parkNanos(this, FULL_TABLE_PARK_NANOS);
      }
    }
  }

  /** The caller holds the request's monitor. */
  private void transmit(Request<?> request, long now) {
    try {
      sender.send(request, inbox);
      request.unanswered++;
      request.resendAtNanos = now + tryNanos;
    } catch (IllegalStateException e) {
      // Reconnecting with nothing buffered, an outgoing queue that stays full, or a closed
      // connection: nothing was sent.
      request.lastRefusal = link.whyDown();
      request.resendAtNanos = now + PAUSE_NANOS;
    } catch (IllegalArgumentException e) {
      request.lastRefusal = "it cannot be sent: " + e.getMessage();
      request.hopeless = true;
    }
  }

  private void onMessage(Message message) {
    String subject = message.getSubject();
    byte[] data = message.getData();
    if (subject.equals(foldedSubject)) {
      for (int at = 0; at < data.length; ) {
        int length = (int) ByteSink.longAt(data, at + Long.BYTES);
        int from = at + 2 * Long.BYTES;
        Request<?> request = request(ByteSink.longAt(data, at));
        if (request != null) {
          answered(request, data, from, length);
        }
        at = from + length;
      }
      return;
    }
    long token = 0;
    for (int at = inbox.length(); at < subject.length(); at++) {
      token = token * 10 + (subject.charAt(at) - '0');
    }
    Request<?> request = request(token);
    if (request != null) {
      if (message.isStatusMessage()) {
        refused(request, reason(request, message.getStatus()));
      } else {
        answered(request, data, 0, data.length);
      }
    }
  }

  /**
   * On the thread that reads the connection, so that one thread less is between the server and
   * whoever waits. What others may hang on a request does not run there.
   */
  private boolean takeAwaited(long token, byte[] data, int from, int length) {
    Request<?> request = request(token);
    if (request == null || !request.awaited) {
      return false;
    }
    answered(request, data, from, length);
    return true;
  }

  /** The slot may have another request by now. */
  private @Nullable Request<?> request(long token) {
    Request<?> request = table.get((int) token & MASK);
    return request != null && request.token == token ? request : null;
  }

  private static String reason(Request<?> request, Status status) {
    return status.getCode() == Status.NO_RESPONDERS_CODE
        ? NOBODY_LISTENS + request.subject()
        : status.getMessageWithCode();
  }

  private <T> void answered(Request<T> request, byte[] data, int from, int length) {
    Request.Answer<T> answer = request.read(data, from, length);
    if (answer.again() != null) {
      refused(request, answer.again());
    } else if (answer.error() != null) {
      fail(request, answer.error());
    } else {
      T value = answer.value();
      if (release(request, null)) {
        request.complete(value);
      }
    }
  }

  /** The server said that it did not do it and that it may do it later. */
  private void refused(Request<?> request, String why) {
    long now = System.nanoTime();
    synchronized (request) {
      request.lastRefusal = why;
      request.unanswered = Math.max(0, request.unanswered - 1);
      request.resendAtNanos = now + PAUSE_NANOS;
      // A stream or consumer that is gone stays gone; one that a restarted server is still loading
      // appears soon.
      boolean patient =
          link.reconnectedWithin(AFTER_RECONNECT_NANOS)
              || now - request.startNanos < timeoutNanos / 4;
      if (patient) {
        return;
      }
    }
    fail(request, timedOut(request));
  }

  private void sweep() {
    if (inFlight.get() == 0) {
      return;
    }
    long now = System.nanoTime();
    boolean connected = link.isConnected();
    forEachPending(request -> sweep(request, now, connected));
  }

  private void sweep(Request<?> request, long now, boolean connected) {
    synchronized (request) {
      if (now - request.startNanos < timeoutNanos) {
        boolean due = now - request.resendAtNanos >= 0;
        boolean allowed = request.repeatable || (request.unanswered == 0 && request.isTimely());
        if (due && connected && !request.done && allowed) {
          transmit(request, now);
        }
        if (!request.hopeless) {
          return;
        }
      }
    }
    fail(request, timedOut(request));
  }

  private TaskQueueException timedOut(Request<?> request) {
    if (link.isDenied(request.subject())) {
      return denied(request, request.subject());
    }
    synchronized (request) {
      if (request.unanswered > 0) {
        return new OutcomeUnknownException(
            request.describe()
                + ": no answer within "
                + Duration.ofNanos(timeoutNanos)
                + link.serverSays(request.startNanos),
            null);
      }
      return new QueueUnavailableException(request.describe() + ": " + request.lastRefusal, null);
    }
  }

  private static TaskQueueException denied(Request<?> request, String subject) {
    return new PermissionDeniedException(
        request.describe()
            + ": the server does not permit this client to use the subject "
            + subject,
        null);
  }

  private void fail(Request<?> request, TaskQueueException error) {
    if (release(request, error)) {
      request.completeExceptionally(error);
    }
  }

  /** Takes the request out of the books; true for the one caller who did. */
  private boolean release(Request<?> request, @Nullable TaskQueueException error) {
    synchronized (request) {
      if (request.done) {
        return false;
      }
      request.done = true;
    }
    table.set((int) request.token & MASK, null);
    request.released(error);
    if (inFlight.decrementAndGet() == 0 && closing) {
      synchronized (idle) {
        idle.notifyAll();
      }
    }
    return true;
  }

  /**
   * Oldest first, so that what is sent again goes out in order. Tokens are given out in order too:
   * what is under way sits close behind the newest one, and the rest of the table is not looked at.
   */
  private void forEachPending(Consumer<Request<?>> action) {
    long newest = nextToken.get();
    long oldest = newest;
    for (int left = inFlight.get(); left > 0 && newest - oldest < SLOTS; ) {
      if (table.get((int) --oldest & MASK) != null) {
        left--;
      }
    }
    for (long token = oldest; token < newest; token++) {
      Request<?> request = table.get((int) token & MASK);
      if (request != null) {
        action.accept(request);
      }
    }
  }
}
