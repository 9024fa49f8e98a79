// SPDX-License-Identifier: Apache-2.0
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
 * Creates deleted streams and consumers again while this client uses them.
 *
 * <p>The call that misses one fails, because it cannot know whether a server is still loading it.
 * It starts the restoration in the background, so that a later call succeeds. One restoration runs
 * at a time, and checks every open partition, because a deleted stream affects all of them.
 */
final class Restoration {

  /** The pause between two restorations, because many calls can miss the same stream. */
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
   * @param partitions returns the open partitions
   */
  Restoration(
      Session session, Provisioner provisioner, Collection<NatsPartitionDriver> partitions) {
    this.session = session;
    this.provisioner = provisioner;
    this.partitions = partitions;
  }

  /**
   * Makes a call. If it misses a stream or consumer, restores that and repeats the call. Used only
   * for the opening of a pull, which can be repeated safely.
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

  /** Returns whether this client may create objects, and can try now. */
  private boolean isPossible() {
    return provisioner.creates()
        && session.monitor.isReady() // Before, reconnectedWithin means the last reconnect but one.
        && !session.monitor.isClosed()
        && !session.monitor.reconnectedWithin(LOADING_NANOS)
        && deniedInEpoch != session.monitor.epoch();
  }

  /** Starts a restoration, unless one runs or ran a moment ago. Does not block. */
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
        deniedInEpoch = epoch; // Only another connection can have other permissions.
        return;
      } catch (TaskQueueException e) {
        // The call has failed, and the next one starts this again.
      }
    }
  }

  /** Creates the missing streams and consumers of a partition. */
  private void restore(NatsPartitionDriver partition, long deadlineNanos) {
    int before = provisioner.created();
    partition.restored(provisioner.provision(partition.addresses(), deadlineNanos));
    if (provisioner.created() > before) {
      partition.recreated();
      session.warn(
          "partition "
              + partition.addresses().get(0).partition
              + " or its stream was deleted and has been created again: the attempts of"
              + " tasks that are still stored restart at 1");
    }
  }
}
