// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.oracle;

import dev.jetlane.PullOptions;
import dev.jetlane.conformance.oracle.History.Event;
import dev.jetlane.conformance.oracle.History.Span;
import dev.jetlane.conformance.oracle.Model.State;
import dev.jetlane.conformance.oracle.Model.TaskState;
import dev.jetlane.conformance.plan.Step;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The pullers of a history, and the tasks that they may have leased ahead of their pulls.
 *
 * <p>A history does not show which tasks a puller leases ahead. While such a puller is open, every
 * task that could be handed out may be in its buffer; the model calls this task hidden. A hidden
 * task will certainly be delivered. It is unknown when, and how often it is leased until then. When
 * the last such puller is closed, its tasks must be available again.
 */
public final class Buffers {

  private record PullerKey(int partition, int puller) {}

  private static final class Buffer {
    final PullerKey key;
    PullOptions options;
    boolean open;
    Turns turns;

    /** The time of the latest pull from this buffer. */
    long lookedNanos;

    Buffer(PullerKey key, PullOptions options, Turns turns) {
      this.key = key;
      this.options = options;
      this.turns = turns;
    }
  }

  private final Model model;
  private final PullOptions usual;
  private final Map<PullerKey, Buffer> buffers = new HashMap<>();

  /** The end of the latest event. */
  private long sinceNanos;

  Buffers(Model model, PullOptions usual) {
    this.model = model;
    this.usual = usual;
  }

  /** Hides the tasks that an open puller may lease ahead before the event begins. */
  void before(Event event) {
    if (event.step() instanceof Step.Pull pull) {
      Buffer buffer = of(pull.partition(), pull.puller());
      if (!buffer.open) {
        buffer.open = true;
        buffer.turns = new Turns(model.settings);
        buffer.lookedNanos = sinceNanos;
      }
      hide(sinceNanos, event.time());
      mayHaveBeenIdle(buffer, event.time());
      mayDrop(buffer, event.time());
      buffer.lookedNanos = event.time().before();
    } else {
      hide(sinceNanos, event.time());
    }
  }

  /**
   * A puller that was not used for half a lease gives back the tasks that it leased ahead. Any
   * puller may hold them from then on.
   */
  private void mayHaveBeenIdle(Buffer buffer, Span time) {
    if (!leasesAhead(buffer) || time.after() < buffer.lookedNanos + model.config.leaseNanos() / 2) {
      return;
    }
    for (TaskState task : model.partitions.get(buffer.key.partition()).tasks) {
      if (task.hidden) {
        task.hiddenBy = TaskState.ANY_PULLER;
      }
    }
  }

  /**
   * In real time it is unknown when a puller leased a task ahead. If the puller was not used for a
   * lease, it may drop the task as expired. The task is then delivered a lease later.
   */
  private void mayDrop(Buffer buffer, Span time) {
    long lease = model.config.leaseNanos();
    if (model.tolerance > 0
        && leasesAhead(buffer)
        && time.after() + model.tolerance > buffer.lookedNanos + lease) {
      delay(buffer.key.partition(), time.after() + lease + model.tolerance);
    }
  }

  /**
   * A pull ended without a result. The tasks that it may have leased are given back, with one more
   * attempt.
   */
  void mayBeGivenBack(int partition, Span time) {
    for (TaskState task : model.partitions.get(partition).tasks) {
      if (task.state == State.READY || task.mayBeReady(time) || task.mayBeBack(time)) {
        task.hide(TaskState.ANY_PULLER, time.before());
      }
    }
    delay(partition, time.after() + model.tolerance);
  }

  private void delay(int partition, long until) {
    for (TaskState task : model.partitions.get(partition).tasks) {
      if (task.hidden) {
        task.mustReturn = Math.max(task.mustReturn, until);
        task.mustBeReady = Math.max(task.mustBeReady, until);
      }
    }
  }

  /** Hides the tasks that the event itself made available. */
  void after(Event event) {
    hide(event.time().before(), event.time());
    sinceNanos = event.time().after();
    event.counts().forEach(count -> sinceNanos = Math.max(sinceNanos, count.time().after()));
    hide(sinceNanos, new Span(sinceNanos, sinceNanos));
  }

  /** Returns the turns of the lower priorities at an open puller. */
  Turns turns(int partition, int puller) {
    return of(partition, puller).turns;
  }

  PullOptions options(int partition, int puller) {
    return of(partition, puller).options;
  }

  /** Sets the options of a closed puller for its next opening. */
  void setOptions(int partition, int puller, PullOptions options) {
    of(partition, puller).options = options;
  }

  void pullerClosed(int partition, int puller, Span time) {
    close(of(partition, puller), time);
  }

  /** Closes the pullers of a client, which may have leased what the same event made available. */
  void clientClosed(int client, Span time) {
    hide(time.before(), time);
    for (Buffer buffer : buffers.values()) {
      if (buffer.key.puller() % model.settings.clients() == client) {
        close(buffer, time);
      }
    }
  }

  boolean leasesAhead(int partition, int puller) {
    return leasesAhead(of(partition, puller));
  }

  /** With priorities no puller leases ahead. */
  private boolean leasesAhead(Buffer buffer) {
    return buffer.open && buffer.options.prefetch() > 0 && model.settings.priorities() == 1;
  }

  /** Whether another puller may have tasks of the partition in its buffer. */
  boolean othersLeaseAhead(int partition, int puller) {
    return inPartition(partition)
        .anyMatch(buffer -> leasesAhead(buffer) && buffer.key.puller() != puller);
  }

  private void close(Buffer buffer, Span time) {
    if (!leasesAhead(buffer)) {
      buffer.open = false;
      return;
    }
    mayDrop(buffer, time);
    buffer.open = false;
    int partition = buffer.key.partition();
    for (TaskState task : model.partitions.get(partition).tasks) {
      if (task.hidden) {
        task.hiddenBy = TaskState.ANY_PULLER;
      }
    }
    if (inPartition(partition).noneMatch(this::leasesAhead)) {
      delay(partition, time.after() + model.tolerance);
    }
  }

  private void hide(long since, Span time) {
    for (Buffer buffer : buffers.values()) {
      if (leasesAhead(buffer)) {
        for (TaskState task : model.partitions.get(buffer.key.partition()).tasks) {
          if (task.state == State.READY || task.mayBeReady(time)) {
            task.hide(buffer.key.puller(), since);
          } else if (task.mayBeBack(time)) {
            task.hide(buffer.key.puller(), Math.min(since, task.mayReturn));
          }
        }
      }
    }
  }

  private Stream<Buffer> inPartition(int partition) {
    return buffers.values().stream().filter(buffer -> buffer.key.partition() == partition);
  }

  private Buffer of(int partition, int puller) {
    PullerKey key =
        new PullerKey(
            Math.floorMod(partition, model.settings.partitions()),
            Math.floorMod(puller, model.settings.pullers()));
    return buffers.computeIfAbsent(key, l -> new Buffer(l, usual, new Turns(model.settings)));
  }
}
