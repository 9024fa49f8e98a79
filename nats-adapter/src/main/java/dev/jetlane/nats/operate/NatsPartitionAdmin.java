// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.NotSupportedException;
import dev.jetlane.Page;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.driver.DeadLetterDriver;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.request.HalfDone;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.ConsumerPauseResponse;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** The calls of an operator for one partition. */
final class NatsPartitionAdmin implements PartitionAdminDriver {

  private static final String FIRST_TO_PAUSE = "2.11.0";

  /** How long a pause continues, in addition to the time of the request that ends it. */
  private static final Duration MOMENT = Duration.ofMillis(20);

  private final JetStreamApi api;
  private final ConnectionMonitor monitor;
  private final NatsAdmin queue;
  private final String name;
  private final List<PartitionAddress> addresses;
  private final PartitionAddress first;
  private final TaskPages pages;
  private final DeadLetterStore letters;

  NatsPartitionAdmin(Session session, NatsAdmin queue, QueueLayout layout, String name) {
    this.queue = queue;
    this.name = name;
    api = session.api;
    monitor = session.monitor;
    addresses = layout.addresses(name);
    first = addresses.get(0);
    pages = new TaskPages(session, layout, addresses);
    letters = new DeadLetterStore(session, layout, addresses, queue);
  }

  @Override
  public PartitionSummary summary(long deadlineNanos) {
    PartitionCounts counts = queue.counts(name, deadlineNanos);
    return (counts == null ? new PartitionCounts(name) : counts).summary();
  }

  @Override
  public Page<TaskInfo> tasks(TaskQuery query, long deadlineNanos) {
    return pages.page(query, deadlineNanos);
  }

  @Override
  public Optional<TaskInfo> find(String taskId, long stepNanos) {
    return pages.find(taskId, stepNanos);
  }

  @Override
  public Removal remove(String taskId, long stepNanos) {
    return pages.remove(taskId, stepNanos);
  }

  /**
   * Purges the delayed tasks first, because a mover makes delayed tasks ready: in the other order a
   * moved task would escape the purge. The notes of cancelled tasks stay for a mover.
   */
  @Override
  public long purge(long deadlineNanos) {
    long purged = purge(first.delayedSubjects(), deadlineNanos);
    // All priorities, because tasks may be stored in one whose consumer is missing.
    return purged
        + HalfDone.rest(
            () ->
                purge(first.subject, deadlineNanos)
                    + purge(first.prioritySubjects(), deadlineNanos));
  }

  private long purge(String subjects, long deadlineNanos) {
    return api.purge("purge partition " + name, first.stream, subjects, deadlineNanos);
  }

  /**
   * Deletes the consumer of priority 0 as the last one, because a partition without it does not
   * exist: an operator could not repeat a deletion that was interrupted.
   */
  @Override
  public void delete(boolean inUse, long deadlineNanos) {
    if (!inUse) {
      requireUnused(deadlineNanos);
    }
    List<PartitionAddress> highestFirst = new ArrayList<>(addresses);
    Collections.reverse(highestFirst);
    forEach(highestFirst, address -> delete(address, deadlineNanos));
    long unused = HalfDone.rest(() -> purge(deadlineNanos) + letters.purge(deadlineNanos));
  }

  private void delete(PartitionAddress address, long deadlineNanos) {
    Boolean unused =
        api.change(
            "delete partition " + name,
            "CONSUMER.DELETE." + address.stream + "." + address.consumer,
            deadlineNanos,
            management -> management.deleteConsumer(address.stream, address.consumer),
            JetStreamApi.CONSUMER_NOT_FOUND,
            JetStreamApi.STREAM_NOT_FOUND);
  }

  /** Applies a change to each priority. */
  private static void forEach(List<PartitionAddress> all, Consumer<PartitionAddress> change) {
    change.accept(all.get(0));
    Object unused =
        HalfDone.rest(
            () -> {
              all.subList(1, all.size()).forEach(change);
              return all;
            });
  }

  private void requireUnused(long deadlineNanos) {
    PartitionSummary summary = summary(deadlineNanos);
    Stats stats = summary.stats();
    if (stats.backlog() + stats.delayed() + stats.dead() + summary.waitingPulls() > 0) {
      throw new QueueRejectedException(
          "partition "
              + name
              + " is in use, so it was not deleted: "
              + stats
              + ", "
              + summary.waitingPulls()
              + " pulls wait",
          null);
    }
  }

  /** The server compares the end with its own clock. */
  @Override
  public void pause(Duration time, long deadlineNanos) {
    requirePauses();
    ZonedDateTime until = serverTime(consumer(first, deadlineNanos)).plus(time);
    forEach(
        addresses,
        address -> {
          var unused = pauseUntil("pause", address, until, deadlineNanos);
        });
  }

  private ConsumerInfo consumer(PartitionAddress address, long deadlineNanos) {
    ConsumerInfo info = api.consumerInfo(address.stream, address.consumer, deadlineNanos);
    if (info == null) {
      throw new QueueUnavailableException("partition " + name + " is gone", null);
    }
    return info;
  }

  /** Returns the server's time. Each server that can pause reports it. */
  private static ZonedDateTime serverTime(ConsumerInfo info) {
    return Objects.requireNonNull(info.getTimestamp(), "a server without a time");
  }

  /** Returns how long the consumer is paused from now on; zero if it is not. */
  private Duration pauseUntil(
      String what, PartitionAddress address, ZonedDateTime until, long deadlineNanos) {
    ConsumerPauseResponse paused =
        api.change(
            what + " partition " + name,
            "CONSUMER.PAUSE." + address.stream + "." + address.consumer,
            deadlineNanos,
            management -> management.pauseConsumer(address.stream, address.consumer, until));
    Duration left = paused == null || !paused.isPaused() ? null : paused.getPauseRemaining();
    return left == null ? Duration.ZERO : left;
  }

  @Override
  public void resume(long deadlineNanos) {
    requirePauses();
    forEach(addresses, address -> resume(address, deadlineNanos));
  }

  /**
   * Lets the pause end a moment from now, and waits for that. A server wakes the requests that wait
   * only when a pause ends by its time ({@code updatePauseState} in consumer.go, 2.11 to 2.15):
   * after an immediate resume they wait for the next push, or for their own end.
   */
  private void resume(PartitionAddress address, long deadlineNanos) {
    if (!consumer(address, deadlineNanos).getPaused()) {
      return;
    }
    Duration left = endPause(address, deadlineNanos);
    while (left.isZero()) { // The moment was over before the server read the request.
      left = HalfDone.rest(() -> endPause(address, deadlineNanos));
    }
    await(left);
  }

  private Duration endPause(PartitionAddress address, long deadlineNanos) {
    long askedAtNanos = System.nanoTime();
    ZonedDateTime now = serverTime(consumer(address, deadlineNanos));
    long tripNanos = System.nanoTime() - askedAtNanos;
    ZonedDateTime until = now.plus(MOMENT).plusNanos(2 * tripNanos);
    return pauseUntil("resume", address, until, deadlineNanos);
  }

  private void await(Duration time) {
    try {
      monitor.pause(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // The pause ends without this client.
    }
  }

  private void requirePauses() {
    if (!api.serverInfo().isSameOrNewerThanVersion(FIRST_TO_PAUSE)) {
      throw new NotSupportedException(
          "nats-server "
              + api.serverInfo().getVersion()
              + " cannot pause a partition: this needs "
              + FIRST_TO_PAUSE);
    }
  }

  @Override
  public DeadLetterDriver deadLetters() {
    return letters;
  }
}
