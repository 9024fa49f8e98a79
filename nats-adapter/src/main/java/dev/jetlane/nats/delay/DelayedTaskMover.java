// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueFullException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.AckSubject;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.TaskHeaders;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.pull.SettleRequest;
import dev.jetlane.nats.request.QueueTimer;
import dev.jetlane.nats.request.Request;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.Sender;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes delayed tasks ready when they are due. It runs in every client that has the permission; a
 * client with an open request receives the task.
 *
 * <p>A delayed task is stored in the same stream as the others, on its own subject, which the
 * consumer of the partition does not read. One consumer for all delayed tasks, without a limit of
 * outstanding messages, hands each one to a mover as soon as it is stored. The mover gives it back
 * with the remaining delay, so the server keeps the time, also across restarts. When the task is
 * due, the mover stores it again on the subject of the partition, and then removes the first
 * message.
 *
 * <p>No task is lost when a process dies at any of these steps: an unsettled message is delivered
 * to another mover after {@link #LEASE}. No task is stored twice within the dedup window, because
 * the second message id is derived from the sequence of the first message.
 */
public final class DelayedTaskMover implements ConnectionMonitor.Observer {

  /** How long a mover may be suspended before another one receives its messages. */
  public static final Duration LEASE = Duration.ofSeconds(5);

  private static final int BATCH = 256;

  /** Far below 64 MB: a nats-server disconnects a client for which more bytes wait. */
  private static final int MAX_BYTES = 8 * 1024 * 1024;

  private static final Duration EXPIRES = Duration.ofSeconds(30);

  /**
   * The expiry of a request in another domain or account. There a request outlives the connection
   * of its client, and tasks that the server sends for it stay leased for {@link #LEASE}.
   */
  private static final Duration EXPIRES_ELSEWHERE = Duration.ofSeconds(1);

  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final long WATCH_NANOS = MILLISECONDS.toNanos(1_000);
  private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofSeconds(1);
  private static final Duration UNTIL_ANOTHER_ASKS = Duration.ofSeconds(1);
  private static final Duration UNTIL_THE_TIME_IS_KNOWN = Duration.ofMillis(100);

  /** Long, because the server sends the whole task each time. */
  private static final Duration UNTIL_IT_FITS = Duration.ofSeconds(30);

  private static final int MAX_TOLD = 1_000;

  private final Session session;
  private final RequestTable requestTable;
  private final ConnectionMonitor monitor;
  private final Sender sender;
  private final String stream;
  private final String nextSubject;
  private final Duration expires;
  private final byte[] many;

  /** The request for a task that is larger than {@code MAX_BYTES}. */
  private final byte[] one;

  private final String ackPrefix;
  private final int partitionAt;
  private final String inbox;
  private final Dispatcher dispatcher;
  private final QueueTimer.Task watch;
  private final LongSupplier nanos;
  private final ServerClock clock;

  /** When the mover last knew that it was not suspended. */
  private volatile long aliveAtNanos;

  /** The time until which a mover that was suspended may receive messages of ended leases. */
  private volatile long lateUntilNanos;

  // Guarded by this object's monitor.
  private long requests;
  private String openRequest = "";
  private int awaited;
  private int moving;
  private long overAtNanos;
  private boolean nextLarge;
  private final Set<Long> toldTooLarge = new HashSet<>();
  private boolean denied;
  private boolean toldDenied;
  private boolean closed;

  /** Starts to request delayed tasks. */
  public DelayedTaskMover(Session session, PartitionAddress address) {
    this(session, address, System::nanoTime, System::currentTimeMillis);
  }

  /** Like the other constructor, with the clocks of this client: see {@link ServerClock}. */
  DelayedTaskMover(
      Session session, PartitionAddress address, LongSupplier nanos, LongSupplier wallMillis) {
    this.session = session;
    this.nanos = nanos;
    requestTable = session.requests;
    monitor = session.monitor;
    sender = session.sender;
    stream = address.stream;
    nextSubject = session.settings.layout().nextSubject(stream, PartitionAddress.DELAYED_CONSUMER);
    expires = session.settings.layout().isElsewhere() ? EXPIRES_ELSEWHERE : EXPIRES;
    many = request(BATCH, ",\"max_bytes\":" + MAX_BYTES, expires);
    one = request(1, "", expires);
    clock = new ServerClock(session, stream, nanos, wallMillis, this::mayNotAskForTheTime);
    ackPrefix = PartitionAddress.ackPrefix(stream, PartitionAddress.DELAYED_CONSUMER);
    partitionAt = session.settings.layout().prefix(address.index).length();
    inbox = monitor.connection().createInbox() + ".";
    dispatcher = monitor.connection().createDispatcher();
    dispatcher.setPendingLimits(0, 0);
    monitor.observe(this);
    dispatcher.subscribe(inbox + "*", this::onMessage);
    aliveAtNanos = nanos.getAsLong();
    lateUntilNanos = aliveAtNanos;
    watch = session.timer.every("requesting delayed tasks", WATCH_NANOS, this::watch);
    askForMore();
  }

  @Override
  public void reconnected() {
    synchronized (this) {
      awaited = 0;
      denied = false;
      toldDenied = false;
    }
    askForMore();
  }

  @Override
  public synchronized void denied(String subject) {
    denied |= subject.equals(nextSubject) || subject.equals(inbox + "*");
  }

  private synchronized boolean isDenied() {
    return denied;
  }

  /**
   * Stops the mover if this client may not ask for the server's time, because without it tasks
   * would become ready early or late.
   */
  private void mayNotAskForTheTime() {
    synchronized (this) {
      if (denied) {
        return;
      }
      denied = true;
    }
    session.warn(
        "this client does not make delayed tasks ready, because it may not ask for the server's"
            + " time: grant the subject "
            + session.settings.layout().apiPrefix()
            + "CONSUMER.INFO."
            + stream
            + "."
            + PartitionAddress.DELAYED_CONSUMER);
  }

  private static byte[] request(int batch, String bound, Duration expires) {
    return ("{\"batch\":" + batch + bound + ",\"expires\":" + expires.toNanos() + "}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Ends the requests, and gives back messages that still arrive. Returns whether the thread was
   * interrupted.
   */
  public boolean close() {
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
    }
    watch.cancel();
    monitor.forget(this);
    try {
      session.flushLock.drain(dispatcher);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void watch() {
    if (isSuspended()) {
      lateUntilNanos = nanos.getAsLong() + WATCH_NANOS;
    }
    aliveAtNanos = nanos.getAsLong();
    synchronized (this) {
      if (awaited > 0 && nanos.getAsLong() - overAtNanos > 0) {
        awaited = 0;
      }
    }
    askForMore();
  }

  /**
   * Returns whether the leases of messages that arrived before may have ended unnoticed. Then
   * another mover may have moved a task, or a client may have cancelled it, longer ago than the
   * server knows the ids of messages.
   */
  private boolean isSuspended() {
    return nanos.getAsLong() - aliveAtNanos > LEASE.toNanos();
  }

  private boolean mayBeLate() {
    return isSuspended() || nanos.getAsLong() - lateUntilNanos < 0;
  }

  private synchronized void askForMore() {
    boolean busy = awaited > 0 || moving > BATCH / 2;
    if (closed || denied || busy || !monitor.isConnected()) {
      return;
    }
    openRequest = inbox + requests++;
    try {
      // Published by jnats, like the subscription: other paths may overtake the subscription.
      monitor.connection().publish(nextSubject, openRequest, nextLarge ? one : many);
      awaited = nextLarge ? 1 : BATCH;
      nextLarge = false;
      overAtNanos = nanos.getAsLong() + expires.plus(GRACE).toNanos();
    } catch (IllegalStateException notSent) {
      // The mover asks again after the reconnect.
    }
  }

  private void onMessage(Message message) {
    if (message.isStatusMessage()) {
      Status status = message.getStatus();
      boolean tooLarge = String.valueOf(status.getMessage()).contains("MaxBytes");
      boolean missing = false;
      synchronized (this) {
        if (message.getSubject().equals(openRequest)) {
          missing = saysThatItIsMissing(status);
          nextLarge = tooLarge && awaited == BATCH;
          awaited = 0;
        }
      }
      if (tooLarge || status.getCode() == Status.REQUEST_TIMEOUT_CODE) {
        askForMore();
      } // Otherwise the watch asks again later: the consumer may be missing.
      if (missing) {
        monitor.missing();
      }
      return;
    }
    synchronized (this) {
      awaited = Math.max(0, awaited - 1);
    }
    String received = message.getReplyTo();
    String reply = received == null ? "" : AckSubject.whole(received);
    int numbersAt = AckSubject.numbersAt(reply, ackPrefix);
    if (numbersAt >= 0) {
      handle(message, reply, numbersAt);
    }
    askForMore();
  }

  /**
   * Returns whether there is probably no consumer. No other call misses this one, so that without a
   * report all delayed tasks would stay delayed.
   */
  private static boolean saysThatItIsMissing(Status status) {
    return status.getCode() == Status.NO_RESPONDERS_CODE
        || String.valueOf(status.getMessage()).contains("Consumer Deleted");
  }

  private void handle(Message message, String reply, int numbersAt) {
    TaskHeaders headers = TaskHeaders.of(message.getHeaders());
    if (headers.first(WireHeaders.CANCELLED) != null) {
      settle(reply, SettleRequest.ACK);
      return;
    }
    if (isDenied()) {
      settle(reply, SettleRequest.nak(UNTIL_ANOTHER_ASKS));
      return;
    }
    OptionalLong nowNanos = clock.nowNanos();
    if (nowNanos.isEmpty() || mayBeLate()) {
      settle(reply, SettleRequest.nak(UNTIL_THE_TIME_IS_KNOWN));
      return;
    }
    long storedAtNanos = AckSubject.number(reply, numbersAt, AckSubject.STORED_AT_NANOS);
    long leftNanos = WireHeaders.dueNanos(headers, storedAtNanos) - nowNanos.getAsLong();
    if (leftNanos > 0) {
      settle(reply, SettleRequest.nak(Duration.ofNanos(leftNanos)));
    } else {
      move(
          message, headers, reply, AckSubject.number(reply, numbersAt, AckSubject.STREAM_SEQUENCE));
    }
  }

  private void move(Message message, TaskHeaders stored, String reply, long sequence) {
    String subject = AckSubject.subject(message.getReplyTo(), message.getSubject());
    String workSubject = subject.substring(0, subject.indexOf('.', partitionAt));
    String partition = workSubject.substring(partitionAt);
    String messageId = stored.first(WireHeaders.MESSAGE_ID);
    String taskId = stored.first(WireHeaders.TASK_ID);
    if (taskId == null || !WireHeaders.isTaskId(taskId)) {
      taskId = messageId == null ? null : PartitionAddress.taskIdIn(messageId, partition);
    }
    if (taskId == null || !WireHeaders.isTaskId(taskId)) {
      taskId = "seq-" + sequence;
    }
    Map<String, String> headers = WireHeaders.ofTask(stored);
    headers.put(WireHeaders.TASK_ID, taskId);
    headers.put(WireHeaders.MESSAGE_ID, PartitionAddress.dueMessageId(partition, sequence));
    StoreRequest again =
        new StoreRequest(
            taskId,
            "move of delayed task ",
            PartitionAddress.subject(workSubject, WireHeaders.priority(stored)),
            headers,
            message.getData());
    long size = (long) again.headerSize() + again.bodySize();
    if (size > monitor.connection().getMaxPayload()) {
      settle(reply, SettleRequest.nak(UNTIL_IT_FITS));
      tellTooLarge(sequence, taskId, partition, size);
      return;
    }
    synchronized (this) {
      moving++;
    }
    var unused =
        send(again)
            .handle(
                (receipt, error) -> {
                  moved(reply, again.subject(), error);
                  return null;
                });
  }

  /**
   * Reports a task of another client that the server does not take again, because the headers of a
   * ready task make it too large.
   */
  private void tellTooLarge(long sequence, String taskId, String partition, long size) {
    synchronized (this) {
      if (toldTooLarge.size() >= MAX_TOLD || !toldTooLarge.add(sequence)) {
        return;
      }
    }
    session.warn(
        "delayed task "
            + taskId
            + " of partition "
            + partition
            + " stays delayed: "
            + size
            + " bytes with headers exceed the server's max_payload, "
            + monitor.connection().getMaxPayload()
            + "; raise max_payload, or cancel the task");
  }

  private CompletableFuture<PushReceipt> send(StoreRequest again) {
    try {
      return requestTable.send(again, Urgency.PIPELINED, session.deadlineNanos());
    } catch (QueueClosedException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Handles the outcome of the second storing. After an unknown error the message is delivered
   * again when its lease expires.
   */
  private void moved(String reply, String subject, @Nullable Throwable error) {
    boolean priorityDenied =
        error instanceof PermissionDeniedException && PartitionAddress.isOfPriority(subject);

    if (error == null) {
      var unused =
          requestTable.sendWhileClosing(
              new Removal(reply), Urgency.PIPELINED, session.deadlineNanos());
    } else if (error instanceof QueueFullException) {
      settle(reply, SettleRequest.nak(UNTIL_THERE_IS_ROOM));
    } else if (priorityDenied) {
      settle(reply, SettleRequest.nak(UNTIL_ANOTHER_ASKS));
      tellDenied(subject);
    } else if (error instanceof PermissionDeniedException
        || error instanceof QueueClosedException) {
      settle(reply, SettleRequest.NAK);
    }
    synchronized (this) {
      moving--;
      denied |= error instanceof PermissionDeniedException && !priorityDenied;
    }
    askForMore();
  }

  /** Reports a priority whose tasks only other clients may make ready, once for each connection. */
  private void tellDenied(String subject) {
    synchronized (this) {
      if (toldDenied) {
        return;
      }
      toldDenied = true;
    }
    session.warn(
        "this client does not make delayed tasks of some priorities ready: grant the subject "
            + subject);
  }

  /**
   * Settles without a confirmation: if the settlement is lost, the message is delivered again after
   * its lease.
   */
  private void settle(String reply, byte[] how) {
    try {
      sender.publish(reply, how);
    } catch (IllegalStateException disconnected) {
      // The message is delivered again after its lease.
    }
  }

  /** Removes the first message after the second one is stored. */
  private static final class Removal extends Request<Boolean> {

    private final String reply;

    Removal(String reply) {
      super(Repeat.ALWAYS, Completion.none());
      this.reply = reply;
    }

    @Override
    public String subject() {
      return reply;
    }

    @Override
    public byte[] body() {
      return SettleRequest.ACK;
    }

    @Override
    protected String describe() {
      return "removal of a delayed task that was moved";
    }

    @Override
    protected Answer<Boolean> read(byte[] answer, int from, int length) {
      return Answer.value(true);
    }
  }
}
