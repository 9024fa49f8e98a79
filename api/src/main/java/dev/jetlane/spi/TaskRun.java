package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueueException;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One task in the hands of a handler, from its start to its settlement. */
final class TaskRun implements Runnable {

  private static final Duration WITHOUT_POLICY = Duration.ofSeconds(1);
  private static final int ACK_TRIES = 3;

  private final Delivery delivery;
  private final TaskHandler handler;
  private final WorkerOptions options;
  private final Consumer<TaskRun> finished;
  private final BiConsumer<@Nullable Delivery, Throwable> report;

  // Guarded by this object's monitor.
  private @Nullable Thread thread;
  private boolean abandoned;

  TaskRun(
      Delivery delivery,
      TaskHandler handler,
      WorkerOptions options,
      Consumer<TaskRun> finished,
      BiConsumer<@Nullable Delivery, Throwable> report) {
    this.delivery = delivery;
    this.handler = handler;
    this.options = options;
    this.finished = finished;
    this.report = report;
  }

  @Override
  public void run() {
    try {
      if (begin()) {
        settle(handle());
      }
    } catch (Throwable e) {
      report.accept(delivery, e);
    } finally {
      // What could not be settled comes back when its lease runs out.
      AbstractDelivery.keepNoLonger(delivery);
      finished.accept(this);
    }
  }

  /** Gives the task back at once, and interrupts the handler. */
  void abandon(GivingBack how) {
    synchronized (this) {
      abandoned = true;
    }
    how.accept(delivery);
    interrupt();
  }

  private synchronized boolean begin() {
    if (abandoned) {
      return false;
    }
    thread = Thread.currentThread();
    return true;
  }

  private synchronized void interrupt() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Returns what the handler threw. Interrupts of this run end with it. */
  private @Nullable Throwable handle() {
    try {
      if (options.interruptOnLeaseLost()) {
        var unused = delivery.leaseLost().thenRun(this::interrupt);
      }
      handler.handle(delivery);
      return null;
    } catch (Throwable e) {
      return e;
    } finally {
      synchronized (this) {
        thread = null;
      }
      boolean unused = Thread.interrupted();
    }
  }

  private void settle(@Nullable Throwable failure) {
    if (failure == null) {
      ack();
      return;
    }
    report.accept(delivery, failure);
    Optional<Duration> delay = delay(failure);
    try {
      if (delay.isPresent()) {
        delivery.nak(delay.get());
      } else {
        deadLetter(failure);
      }
    } catch (LeaseExpiredException tooLate) {
      // Another worker has it.
    } catch (TaskQueueException e) {
      // The lease runs out instead.
      report.accept(delivery, e);
    }
  }

  /** The work is done: worth another try, each of which takes as long as the queue's patience. */
  private void ack() {
    for (int tries = 1; ; tries++) {
      try {
        delivery.ack();
        return;
      } catch (OutcomeUnknownException | QueueUnavailableException e) {
        if (tries == ACK_TRIES || delivery.leaseExpired()) {
          report.accept(delivery, e);
          return;
        }
      } catch (TaskQueueException e) {
        report.accept(delivery, e);
        return;
      }
    }
  }

  private Optional<Duration> delay(Throwable failure) {
    try {
      return options.retryPolicy().delay(delivery.attempt(), failure).map(TaskRun::cut);
    } catch (Throwable ofThePolicy) {
      report.accept(delivery, ofThePolicy);
      return Optional.of(WITHOUT_POLICY);
    }
  }

  private static Duration cut(Duration delay) {
    if (delay.isNegative()) {
      return Duration.ZERO;
    }
    return delay.compareTo(Limits.MAX_DELAY) > 0 ? Limits.MAX_DELAY : delay;
  }

  private void deadLetter(Throwable failure) {
    try {
      delivery.deadLetter(reason(failure));
    } catch (PermissionDeniedException e) {
      // Then it goes round until it has used up its deliveries.
      report.accept(delivery, e);
      delivery.nak(WITHOUT_POLICY);
    }
  }

  /** One line of printable ASCII, whatever the message is. */
  static String reason(Throwable failure) {
    String message = failure.getMessage();
    String name = failure.getClass().getName();
    String text = message == null || message.isBlank() ? name : name + ": " + message;
    String line = text.replaceAll("[^!-~]+", " ").strip();
    return line.length() <= Limits.MAX_REASON ? line : line.substring(0, Limits.MAX_REASON).strip();
  }
}
