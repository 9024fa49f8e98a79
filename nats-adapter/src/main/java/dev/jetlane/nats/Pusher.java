// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.delay.DelayedCapacity;
import dev.jetlane.nats.delay.DelayedTasks;
import dev.jetlane.nats.delay.StoreDelayed;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.RequestTable;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.TaskPush;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.LongConsumer;

/** Pushes into one partition. A push that is not confirmed holds a permit of the queue. */
final class Pusher {

  private final RequestTable requests;
  private final JetStreamApi api;
  private final PushWatch watch;
  private final Dialect dialect;
  private final boolean listsSubjects;
  private final List<PartitionAddress> addresses;
  private final DelayedTasks delayed;
  private final LongConsumer provideSubject;
  private final PushLine line;

  /**
   * Sends no request.
   *
   * @param provideSubject adds the partition's subject to its stream, by a deadline
   */
  Pusher(
      Session session,
      List<PartitionAddress> addresses,
      DelayedTasks delayed,
      LongConsumer provideSubject) {
    requests = session.requests;
    api = session.api;
    watch = new PushWatch(session.pushPermits, session.monitor);
    dialect = session.settings.dialect();
    listsSubjects = dialect.subjectList(api, session.monitor) != null;
    this.addresses = addresses;
    this.delayed = delayed;
    this.provideSubject = provideSubject;
    line = new PushLine(api, this::sendInLine, this::refused);
  }

  /** Returns the state of the pushes. */
  PushWatch watch() {
    return watch;
  }

  /** See {@link dev.jetlane.driver.PartitionDriver#push}. */
  DriverFuture<PushReceipt> push(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos) {
    if (listsSubjects) {
      return pushListed(task, completion, urgency, deadlineNanos);
    }
    boolean asks = DelayedTasks.isDelayed(task) && delayed.isLimited();
    if (urgency != Urgency.AWAITED && (asks || !line.isEmpty())) {
      return pushInLine(task, completion, deadlineNanos);
    }
    try {
      awaitTurn(task.id(), deadlineNanos);
      boolean room = hasRoom(task, deadlineNanos);
      acquire(task, deadlineNanos);
      return requests.send(request(task, room, completion), urgency, deadlineNanos);
    } catch (TaskQueueException e) {
      return DriverFuture.failed(completion, e);
    }
  }

  private boolean hasRoom(Task task, long deadlineNanos) {
    return DelayedTasks.isDelayed(task)
        && delayed.room(addresses.get(task.priority()), deadlineNanos) > 0;
  }

  /** Sends on another thread: a delayed task after a request for the room, others after it. */
  private DriverFuture<PushReceipt> pushInLine(
      Task task, Completion<? super PushReceipt> completion, long deadlineNanos) {
    DriverFuture<PushReceipt> outcome = new DriverFuture<>(completion);
    try {
      acquire(task, deadlineNanos);
      line.add(new PushLine.Waiting(task, outcome, deadlineNanos));
    } catch (TaskQueueException e) {
      outcome.fail(e);
    }
    return outcome;
  }

  /** Sends pushes that hold their permits. */
  private void sendInLine(List<PushLine.Waiting> pushes) {
    List<Task> tasks = pushes.stream().map(PushLine.Waiting::task).toList();
    List<DriverFuture<PushReceipt>> sent = new ArrayList<>(pushes.size());
    DelayedCapacity capacity = null;
    for (PushLine.Waiting push : pushes) {
      Task task = push.task();
      long deadlineNanos = push.deadlineNanos();
      try {
        if (capacity == null && DelayedTasks.isDelayed(task)) {
          awaitAll(sent, deadlineNanos); // They take a part of the room.
          long leftNanos = deadlineNanos - System.nanoTime();
          capacity = new DelayedCapacity(delayed, addresses, tasks, leftNanos);
        }
        boolean room =
            capacity != null && capacity.of(task, () -> awaitAll(sent, deadlineNanos)) > 0;
        StoreRequest request = request(task, room, Completion.none());
        follow(requests.send(request, Urgency.PIPELINED, deadlineNanos), push.outcome());
        sent.add(request);
        if (capacity != null) {
          capacity.took(task);
        }
      } catch (TaskQueueException e) {
        capacity = null; // A later push may have more time for the question.
        refused(push, e);
      } catch (RuntimeException | Error e) {
        refused(push, new OutcomeUnknownException("push of " + task.id() + ": " + e, e));
      }
    }
  }

  /** Fails a push that was not sent, and releases its permit. */
  private void refused(PushLine.Waiting push, TaskQueueException error) {
    watch.released(error);
    push.outcome().fail(error);
  }

  /**
   * Waits until the pushes that wait now are sent, so that a later one is stored after them.
   *
   * @throws QueueUnavailableException if the time is over
   */
  private void awaitTurn(String taskId, long deadlineNanos) {
    if (!line.awaitSent(deadlineNanos)) {
      throw new QueueUnavailableException(
          "push of "
              + taskId
              + ": not sent, because earlier pushes wait for the room of the partition",
          null);
    }
  }

  /** Waits until the pushes that wait for their turn are sent, or the time is over. */
  void awaitLine(long untilNanos) {
    boolean unused = line.awaitSent(untilNanos);
  }

  private static void follow(DriverFuture<PushReceipt> push, DriverFuture<PushReceipt> outcome) {
    var unused =
        push.whenComplete(
            (receipt, error) -> {
              if (error == null) {
                outcome.succeed(receipt);
              } else {
                outcome.fail(error);
              }
            });
  }

  /** See {@link dev.jetlane.driver.PartitionDriver#pushAll}. */
  List<DriverFuture<PushReceipt>> pushAll(List<Task> tasks, long timeoutNanos) {
    List<DriverFuture<PushReceipt>> pushes = new ArrayList<>(tasks.size());
    awaitLine(System.nanoTime() + timeoutNanos);
    DelayedCapacity capacity = new DelayedCapacity(delayed, addresses, tasks, timeoutNanos);
    try (RequestTable.Batch batch = requests.batch()) {
      for (Task task : tasks) {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        pushes.add(push(task, capacity, pushes, batch, deadlineNanos));
        capacity.took(task);
      }
    }
    return pushes;
  }

  private DriverFuture<PushReceipt> push(
      Task task,
      DelayedCapacity capacity,
      List<DriverFuture<PushReceipt>> before,
      RequestTable.Batch batch,
      long deadlineNanos) {
    if (listsSubjects) {
      return pushListed(task, Completion.none(), Urgency.PIPELINED, deadlineNanos);
    }
    try {
      boolean room =
          capacity.of(
                  task,
                  () -> {
                    batch.flush();
                    awaitAll(before, deadlineNanos);
                  })
              > 0;
      if (watch.isFull()) {
        batch.flush(); // Some pushes that hold permits may not have been sent yet.
      }
      acquire(task, deadlineNanos);
      return batch.send(request(task, room, Completion.none()), deadlineNanos);
    } catch (TaskQueueException e) {
      return DriverFuture.failed(Completion.none(), e);
    }
  }

  private void awaitAll(List<DriverFuture<PushReceipt>> pushes, long deadlineNanos) {
    for (DriverFuture<PushReceipt> push : pushes) {
      try {
        var unused = requests.await(push, deadlineNanos);
      } catch (TaskQueueException e) {
        // The outcome of the task has the error.
      }
    }
  }

  private void acquire(Task task, long deadlineNanos) {
    try {
      if (watch.acquire(deadlineNanos)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OutcomeUnknownException(
          "push of " + task.id() + ": interrupted while it waited for earlier pushes", e);
    }
    throw new QueueUnavailableException(
        "push of "
            + task.id()
            + ": not sent, because too many pushes are unconfirmed (withMaxInFlight)",
        null);
  }

  /** Creates the request, which releases the permit. */
  private StoreRequest request(
      Task task, boolean room, Completion<? super PushReceipt> completion) {
    return DelayedTasks.isDelayed(task)
        ? new StoreDelayed(addresses.get(0), task, room, watch, completion)
        : new TaskPush(addresses.get(task.priority()), task, watch, completion);
  }

  /**
   * Pushes into a stream that lists its subjects. If another client's update has removed the
   * subject, this adds it again, and sends the task once more.
   */
  private DriverFuture<PushReceipt> pushListed(
      Task task, Completion<? super PushReceipt> completion, Urgency urgency, long deadlineNanos) {
    DriverFuture<PushReceipt> outcome = new DriverFuture<>(completion);
    Task stored = dialect.stored(task);
    try {
      acquire(stored, deadlineNanos);
      StoreRequest first = request(stored, false, Completion.none());
      var unused =
          requests
              .send(first, urgency, deadlineNanos)
              .whenComplete(
                  (receipt, error) -> {
                    if (error == null) {
                      outcome.succeed(receipt);
                    } else if (first.isUnheard() && !(error instanceof OutcomeUnknownException)) {
                      pushListedAgain(stored, outcome, urgency, deadlineNanos);
                    } else {
                      outcome.fail(error);
                    }
                  });
    } catch (TaskQueueException e) {
      outcome.fail(e);
    }
    return outcome;
  }

  private void pushListedAgain(
      Task stored, DriverFuture<PushReceipt> outcome, Urgency urgency, long deadlineNanos) {
    var unused =
        api.runAsync(
                () -> {
                  provideSubject.accept(deadlineNanos);
                  acquire(stored, deadlineNanos);
                  follow(
                      requests.send(
                          request(stored, false, Completion.none()), urgency, deadlineNanos),
                      outcome);
                })
            .whenComplete(
                (sent, error) -> {
                  if (error != null) {
                    outcome.fail(withoutWrapper(error));
                  }
                });
  }

  /** The error of a task that ran on another thread; one that was refused has no wrapper. */
  private static Throwable withoutWrapper(Throwable error) {
    Throwable cause = error.getCause();
    return error instanceof CompletionException && cause != null ? cause : error;
  }
}
