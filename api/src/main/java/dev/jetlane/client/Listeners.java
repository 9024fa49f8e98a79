// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.DriverEvents;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls the listeners of a client, in order, and ignores their exceptions.
 *
 * <p>This class is thread-safe. It holds no lock while it calls a listener.
 */
final class Listeners implements DriverEvents {

  private static final System.Logger LOG = System.getLogger("dev.jetlane");

  private final List<QueueListener> listeners;
  private final AtomicBoolean complained = new AtomicBoolean();

  /** Whether the queue is closed; leases that are lost later are not reported. */
  private volatile boolean closed;

  Listeners(List<QueueListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  boolean areAny() {
    return !listeners.isEmpty();
  }

  @Override
  public void exhausted(String partition, String taskId) {
    QueueEvent.Exhausted event = new QueueEvent.Exhausted(partition, taskId);
    tell(listener -> listener.exhausted(event));
  }

  @Override
  public void warned(String text) {
    QueueEvent.Warned event = new QueueEvent.Warned(text);
    tell(listener -> listener.warned(event));
  }

  @Override
  public void connectionLost() {
    tell(QueueListener::connectionLost);
  }

  @Override
  public void connectionRestored() {
    tell(QueueListener::connectionRestored);
  }

  /**
   * Returns the task to push, which each listener may have replaced.
   *
   * @param check throws if the queue refuses a task
   */
  Task pushing(String partition, Task task, Consumer<Task> check) {
    Task pushed = task;
    for (QueueListener listener : listeners) {
      try {
        Task other = listener.pushing(partition, pushed);
        requireSame(pushed, other);
        check.accept(other);
        pushed = other;
      } catch (RuntimeException | Error e) {
        complain(e);
      }
    }
    return pushed;
  }

  /**
   * Refuses the result of a listener that returns null or changes more than the headers. The caller
   * then ignores that listener, so that it cannot break the push.
   */
  private static void requireSame(Task task, @Nullable Task other) {
    if (other == null || !(other.equals(task) || other.withHeaders(task.headers()).equals(task))) {
      throw new IllegalStateException(
          "a listener may change only the headers of " + task + "; it returned " + other);
    }
  }

  void pushed(QueueEvent.Pushed event) {
    tell(listener -> listener.pushed(event));
  }

  /** Reported for each push that was announced, so that a listener can end what it has begun. */
  void pushFailed(QueueEvent.PushFailed event) {
    tell(listener -> listener.pushFailed(event));
  }

  void pulled(QueueEvent.Pulled event) {
    tell(listener -> listener.pulled(event));
  }

  void redelivered(QueueEvent.Redelivered event) {
    tell(listener -> listener.redelivered(event));
  }

  void pullFailed(QueueEvent.PullFailed event) {
    if (isTold(event.error())) {
      tell(listener -> listener.pullFailed(event));
    }
  }

  /** Returns the handlings of all listeners for a handler call that is about to begin. */
  Handling handling(Delivery delivery) {
    if (listeners.isEmpty()) {
      return Handling.NONE;
    }
    List<Handling> all = new ArrayList<>(listeners.size());
    tell(
        listener -> {
          Handling one = listener.handling(delivery);
          if (one != null && one != Handling.NONE) {
            all.add(one);
          }
        });
    return all.isEmpty() ? Handling.NONE : new Followed(all);
  }

  /** The handlings of several listeners. The last one to begin ends first, like nested scopes. */
  private final class Followed implements Handling {

    private final List<Handling> all;

    Followed(List<Handling> all) {
      this.all = all;
      Collections.reverse(all);
    }

    @Override
    public void left() {
      each(Handling::left);
    }

    @Override
    public void ended(@Nullable Throwable failure) {
      each(one -> one.ended(failure));
    }

    private void each(Consumer<Handling> call) {
      for (Handling one : all) {
        try {
          call.accept(one);
        } catch (RuntimeException | Error e) {
          complain(e);
        }
      }
    }
  }

  void acked(QueueEvent.Acked event) {
    tell(listener -> listener.acked(event));
  }

  void givenBack(QueueEvent.GivenBack event) {
    tell(listener -> listener.givenBack(event));
  }

  void extended(QueueEvent.Extended event) {
    tell(listener -> listener.extended(event));
  }

  void deadLettered(QueueEvent.DeadLettered event) {
    tell(listener -> listener.deadLettered(event));
  }

  void leaseLost(QueueEvent.LeaseLost event) {
    if (!closed) {
      tell(listener -> listener.leaseLost(event));
    }
  }

  void settleFailed(QueueEvent.SettleFailed event) {
    if (isTold(event.error())) {
      tell(listener -> listener.settleFailed(event));
    }
  }

  void close() {
    closed = true;
  }

  private static boolean isTold(TaskQueueException error) {
    return !(error instanceof QueueClosedException);
  }

  private void tell(Consumer<QueueListener> event) {
    for (QueueListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        complain(e);
      }
    }
  }

  /** Logs only the first failure, because a broken listener usually fails for every task. */
  private void complain(Throwable e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(
          Level.WARNING,
          "a queue listener failed; the queue continues, and further failures are not logged",
          e);
    }
  }
}
