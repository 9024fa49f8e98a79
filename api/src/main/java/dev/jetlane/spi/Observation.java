package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls the listeners of a client, in order, and survives what they throw.
 *
 * <p>What a client does through the interfaces is observed by a decorator, the same one for every
 * implementation. What only an implementation knows, it tells by {@link #exhausted}, {@link
 * #warned}, {@link #connectionLost} and {@link #connectionRestored}.
 */
public final class Observation {

  /** Nobody listens. */
  public static final Observation NONE = new Observation(List.of());

  private static final System.Logger LOG = System.getLogger("dev.jetlane");

  private final List<QueueListener> listeners;
  private final AtomicBoolean complained = new AtomicBoolean();

  /** The queue is closed: nobody finds out any more that a lease is lost. */
  private volatile boolean closed;

  private Observation(List<QueueListener> listeners) {
    this.listeners = listeners;
  }

  /** The observation by these listeners. */
  public static Observation by(List<QueueListener> listeners) {
    return listeners.isEmpty() ? NONE : new Observation(List.copyOf(listeners));
  }

  /**
   * A queue that does the same and tells the listeners; the queue itself if there are none.
   *
   * @param nanoTime the monotonic clock that the leases live by
   */
  public TaskQueue of(TaskQueue queue, LongSupplier nanoTime) {
    return listeners.isEmpty() ? queue : new ObservedQueue(queue, this, nanoTime);
  }

  /** As {@link QueueListener#exhausted}. */
  public void exhausted(String partition, String taskId) {
    tell(listener -> listener.exhausted(partition, taskId));
  }

  /** As {@link QueueListener#warned}. */
  public void warned(String text) {
    tell(listener -> listener.warned(text));
  }

  /** As {@link QueueListener#connectionLost}. */
  public void connectionLost() {
    tell(QueueListener::connectionLost);
  }

  /** As {@link QueueListener#connectionRestored}. */
  public void connectionRestored() {
    tell(QueueListener::connectionRestored);
  }

  Task pushing(String partition, Task task) {
    Task pushed = task;
    for (QueueListener listener : listeners) {
      try {
        Task other = listener.pushing(partition, pushed);
        requireSame(pushed, other);
        pushed = other;
      } catch (RuntimeException | Error e) {
        complain(e);
      }
    }
    return pushed;
  }

  /** A listener that loses a task, or makes another one of it, must not break the push. */
  private static void requireSame(Task task, @Nullable Task other) {
    if (other == null || !(other.equals(task) || other.withHeaders(task.headers()).equals(task))) {
      throw new IllegalStateException(
          "a listener may change the headers of " + task + " and nothing else, not make " + other);
    }
  }

  void pushed(String partition, String taskId, boolean duplicate) {
    tell(listener -> listener.pushed(partition, taskId, duplicate));
  }

  void pushFailed(String partition, String taskId, TaskQueueException error) {
    tell(listener -> listener.pushFailed(partition, taskId, error));
  }

  void pulled(String partition, int tasks) {
    tell(listener -> listener.pulled(partition, tasks));
  }

  void redelivered(Delivery delivery) {
    tell(listener -> listener.redelivered(delivery));
  }

  void pullFailed(String partition, TaskQueueException error) {
    tell(listener -> listener.pullFailed(partition, error));
  }

  void acked(Delivery delivery, boolean late, long heldNanos) {
    tell(listener -> listener.acked(delivery, late, heldNanos));
  }

  void naked(Delivery delivery, Duration delay, long heldNanos) {
    tell(listener -> listener.naked(delivery, delay, heldNanos));
  }

  void extended(Delivery delivery) {
    tell(listener -> listener.extended(delivery));
  }

  void deadLettered(Delivery delivery, String reason, long heldNanos) {
    tell(listener -> listener.deadLettered(delivery, reason, heldNanos));
  }

  void leaseLost(Delivery delivery) {
    if (closed) {
      return;
    }
    tell(listener -> listener.leaseLost(delivery));
  }

  void settleFailed(Delivery delivery, TaskQueueException error) {
    tell(listener -> listener.settleFailed(delivery, error));
  }

  /** Everything else on a closed queue is refused, and not told for that reason. */
  void closed() {
    closed = true;
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

  /** Once: a listener that fails, fails at every task. */
  private void complain(Throwable e) {
    if (complained.compareAndSet(false, true)) {
      LOG.log(Level.WARNING, "a listener of a queue failed; this is said once", e);
    }
  }
}
