package dev.jetlane.nats;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.request.Session;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Creates streams and consumers again that were deleted while this client uses them.
 *
 * <p>The call that misses one fails, because it cannot know whether a server is still loading it.
 * It starts this in the background, so that a later call succeeds. One restoration runs at a time,
 * and looks at every open partition: a deleted stream has taken all of them.
 */
final class Restoration {

  /** A thousand calls that miss one stream are one reason to look. */
  private static final long PAUSE_NANOS = MILLISECONDS.toNanos(100);

  /** A stream that a restarted server is still loading appears within this time. */
  private static final long LOADING_NANOS = SECONDS.toNanos(10);

  private final Session session;
  private final Provisioner provisioner;
  private final Collection<NatsPartitionDriver> partitions;
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile long beganNanos = System.nanoTime() - PAUSE_NANOS;
  private volatile int deniedInEpoch = -1;

  /**
   * @param partitions those that are open, at each moment
   */
  Restoration(
      Session session, Provisioner provisioner, Collection<NatsPartitionDriver> partitions) {
    this.session = session;
    this.provisioner = provisioner;
    this.partitions = partitions;
  }

  /**
   * Makes a call, and if it misses something, restores that and makes the call again: for the one
   * call that has nothing to lose by it, the opening of a pull.
   */
  void around(NatsPartitionDriver partition, long deadlineNanos, Runnable call) {
    try {
      call.run();
    } catch (QueueUnavailableException e) {
      if (!isPossible()) {
        throw e;
      }
      provisioner.lookAgain();
      restore(partition, deadlineNanos);
      call.run();
    }
  }

  /** Whether this client may create anything, and could try now. */
  private boolean isPossible() {
    return provisioner.creates()
        && session.monitor.isConnected()
        && !session.monitor.isClosed()
        && !session.monitor.reconnectedWithin(LOADING_NANOS)
        && deniedInEpoch != session.monitor.epoch();
  }

  /** Begins, unless one runs or ran a moment ago. Does not block. */
  void soon() {
    boolean due = System.nanoTime() - beganNanos >= PAUSE_NANOS;
    if (due && isPossible() && underWay.compareAndSet(false, true)) {
      beganNanos = System.nanoTime();
      var unused =
          session.api.runAsync(this::all).whenComplete((done, error) -> underWay.set(false));
    }
  }

  private void all() {
    provisioner.lookAgain();
    for (NatsPartitionDriver partition : partitions) {
      int epoch = session.monitor.epoch();
      try {
        restore(partition, System.nanoTime() + session.settings.requestTimeout().toNanos());
      } catch (PermissionDeniedException e) {
        deniedInEpoch = epoch; // Permissions are another connection's affair.
        return;
      } catch (TaskQueueException e) {
        // The call that missed something has failed, and the next one begins this again.
      }
    }
  }

  /** Creates the streams and consumers of a partition that are missing. */
  private void restore(NatsPartitionDriver partition, long deadlineNanos) {
    int before = provisioner.created();
    partition.restored(provisioner.provision(partition.addresses(), deadlineNanos));
    if (provisioner.created() > before) {
      session.warn(
          "partition "
              + partition.addresses().get(0).partition
              + " was deleted, or a stream of it, and is created again: its tasks that are still"
              + " stored are delivered as if for the first time");
    }
  }
}
