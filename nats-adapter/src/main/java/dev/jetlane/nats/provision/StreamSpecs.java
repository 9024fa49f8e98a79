// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static dev.jetlane.nats.provision.Drift.Weight.BORN_WITH;
import static dev.jetlane.nats.provision.Drift.Weight.FIXED;
import static dev.jetlane.nats.provision.Drift.Weight.FREE;
import static dev.jetlane.nats.provision.Drift.Weight.NEEDED;
import static dev.jetlane.nats.provision.Drift.Weight.OPTIONAL;

import dev.jetlane.QueueConfig;
import dev.jetlane.nats.delay.DelayedTaskMover;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the streams and consumers of a queue, and the differences of existing ones.
 */
public final class StreamSpecs {

  /**
   * The number of pulls that can wait at the same time; a further one is refused. The server's
   * default is 512.
   */
  private static final int MAX_WAITING = 4096;

  /**
   * The maxAckPending for delayed tasks: practically no limit, unless the account has a lower one.
   * jnats does not send -1, and a missing value means 1,000.
   */
  public static final long MAX_DELAYED = 1_000_000_000;

  private final QueueLayout layout;
  private final QueueConfig queue;
  private final ProvisioningTerms terms;
  private final boolean atomic;
  private final Consumer<String> warn;

  /**
   * @param atomic whether streams of tasks allow atomic batches
   */
  StreamSpecs(
      QueueLayout layout,
      QueueConfig queue,
      ProvisioningTerms terms,
      boolean atomic,
      Consumer<String> warn) {
    this.atomic = atomic;
    this.layout = layout;
    this.queue = queue;
    this.terms = terms;
    this.warn = warn;
  }

  /** Returns the configuration of a stream of tasks. */
  public StreamConfiguration mainStream(int index) {
    StreamConfiguration.Builder builder =
        StreamConfiguration.builder()
            .name(layout.streamName(index))
            .description(StreamMarks.ofStream(index, layout.streams()))
            .metadata(StreamMarks.FORMAT)
            .subjects(layout.subjects(index))
            .retentionPolicy(RetentionPolicy.WorkQueue)
            // The other policy drops the oldest task to make room, even one that a worker holds.
            .discardPolicy(DiscardPolicy.New)
            .duplicateWindow(queue.dedupWindow())
            .storageType(storage())
            .replicas(terms.replicas())
            .maxBytes(terms.maxBytes())
            .allowAtomicPublish(atomic);
    if (queue.maxTasks() != QueueConfig.UNLIMITED) {
      builder.maxMessagesPerSubject(queue.maxTasks()).discardNewPerSubject(true);
    }
    return builder.build();
  }

  /**
   * Returns the configuration of the stream of dead letters. It refuses a second message per
   * subject, so a letter is stored once.
   */
  public StreamConfiguration deadStream() {
    return StreamConfiguration.builder()
        .name(layout.deadStream())
        .metadata(StreamMarks.FORMAT)
        .subjects(layout.deadSubjects())
        .retentionPolicy(RetentionPolicy.Limits)
        .discardPolicy(DiscardPolicy.New)
        .maxMessagesPerSubject(1)
        .discardNewPerSubject(true)
        .duplicateWindow(queue.dedupWindow())
        .storageType(storage())
        .replicas(terms.replicas())
        .build();
  }

  private StorageType storage() {
    return terms.inMemory() ? StorageType.Memory : StorageType.File;
  }

  /** Returns the consumer of a partition for one priority. */
  ConsumerConfiguration consumer(PartitionAddress address) {
    ConsumerConfiguration plain =
        consumer(address.consumer, address.subject, queue.lease(), queue.maxOutstanding());
    String mark = address.priority == 0 ? StreamMarks.ofPriorities(queue.priorities()) : null;
    return mark == null ? plain : ConsumerConfiguration.builder(plain).description(mark).build();
  }

  /**
   * Returns the consumer of the delayed tasks of all partitions of a stream; see {@link
   * DelayedTaskMover}.
   */
  ConsumerConfiguration delayedConsumer(int index, long maxDelayed) {
    return consumer(
        PartitionAddress.DELAYED_CONSUMER,
        layout.delayedSubjects(index),
        DelayedTaskMover.LEASE,
        maxDelayed);
  }

  /**
   * Returns a durable consumer. The server's MaxDeliver strands tasks in the stream, and its
   * BackOff breaks delayed naks, so both are unused.
   */
  private static ConsumerConfiguration consumer(
      String name, String filter, Duration lease, long maxOutstanding) {
    return ConsumerConfiguration.builder()
        .durable(name)
        .filterSubject(filter)
        .deliverPolicy(DeliverPolicy.All)
        .ackPolicy(AckPolicy.Explicit)
        .ackWait(lease)
        .maxAckPending(maxOutstanding)
        .maxPullWaiting(MAX_WAITING)
        .build();
  }

  Drift drift(StreamConfiguration wanted, StreamConfiguration found) {
    Drift drift = new Drift("stream " + wanted.getName(), terms.response(), warn);
    if (found.getName().equals(layout.stream())) {
      drift.compare("streams", FIXED, streams(layout.streams()), streams(found.getDescription()));
    }
    drift.compare("retention", FIXED, wanted.getRetentionPolicy(), found.getRetentionPolicy());
    drift.compare("subjects", FIXED, wanted.getSubjects(), found.getSubjects());
    // Without a limit no message is discarded, whatever the policy.
    drift.compare(
        "discard policy",
        isLimited(found) ? NEEDED : FREE,
        wanted.getDiscardPolicy(),
        found.getDiscardPolicy());
    drift.compare(
        "messages per subject",
        FREE,
        limit(wanted.getMaxMsgsPerSubject()),
        limit(found.getMaxMsgsPerSubject()));
    // A stream that refuses tasks beyond its limit loses none, even if no limit is wanted.
    drift.compare(
        "refuses per subject",
        found.isDiscardNewPerSubject() ? FREE : NEEDED,
        wanted.isDiscardNewPerSubject(),
        found.isDiscardNewPerSubject());
    if (wanted.getMaxBytes() > 0) {
      drift.compare("bytes", FREE, limit(wanted.getMaxBytes()), limit(found.getMaxBytes()));
    }
    drift.compare("dedup window", FREE, wanted.getDuplicateWindow(), found.getDuplicateWindow());
    drift.compare("storage", BORN_WITH, wanted.getStorageType(), found.getStorageType());
    drift.compare("replicas", FREE, wanted.getReplicas(), found.getReplicas());
    if (wanted.getAllowAtomicPublish()) {
      drift.compare("atomic pushes", OPTIONAL, true, found.getAllowAtomicPublish());
    }
    drift.compare("without acknowledgement", NEEDED, wanted.getNoAck(), found.getNoAck());
    if (isOfTasks(wanted)) {
      drift.compare("maximum age", NEEDED, wanted.getMaxAge(), found.getMaxAge());
    }
    return drift;
  }

  /** Returns whether this is a stream of tasks; the others have dead letters. */
  static boolean isOfTasks(StreamConfiguration stream) {
    return stream.getRetentionPolicy() == RetentionPolicy.WorkQueue;
  }

  private static boolean isLimited(StreamConfiguration stream) {
    return stream.getMaxMsgs() > 0
        || stream.getMaxBytes() > 0
        || stream.getMaxMsgsPerSubject() > 0
        || stream.getMaximumMessageSize() > 0;
  }

  private static String streams(int count) {
    return count == StreamMarks.MOVING ? "being moved" : Integer.toString(count);
  }

  private static String streams(@Nullable String description) {
    return streams(StreamMarks.streams(description));
  }

  /**
   * Returns the existing configuration with the configured settings; other settings stay unchanged.
   */
  static StreamConfiguration changed(StreamConfiguration wanted, StreamConfiguration found) {
    return StreamConfiguration.builder(found)
        .discardPolicy(wanted.getDiscardPolicy())
        .maxMessagesPerSubject(wanted.getMaxMsgsPerSubject())
        .discardNewPerSubject(wanted.isDiscardNewPerSubject())
        .duplicateWindow(wanted.getDuplicateWindow())
        .replicas(wanted.getReplicas())
        .maxBytes(wanted.getMaxBytes() > 0 ? wanted.getMaxBytes() : found.getMaxBytes())
        .noAck(wanted.getNoAck())
        .allowAtomicPublish(wanted.getAllowAtomicPublish() || found.getAllowAtomicPublish())
        .maxAge(isOfTasks(wanted) ? wanted.getMaxAge() : found.getMaxAge())
        .build();
  }

  Drift drift(ConsumerConfiguration wanted, ConsumerConfiguration found) {
    Drift drift = new Drift("partition " + wanted.getDurable(), terms.response(), warn);
    int priorities = StreamMarks.priorities(wanted.getDescription());
    int has = StreamMarks.priorities(found.getDescription());
    // With fewer priorities the tasks of the others would become invisible.
    drift.compare("priorities", priorities < has ? FIXED : NEEDED, priorities, has);
    drift.compare("filter", FIXED, wanted.getFilterSubject(), found.getFilterSubject());
    drift.compare("lease", FREE, wanted.getAckWait(), found.getAckWait());
    if (!PartitionAddress.DELAYED_CONSUMER.equals(wanted.getDurable())) {
      // The existing consumer has the limit that the account permitted when it was created.
      drift.compare("max outstanding", FREE, wanted.getMaxAckPending(), found.getMaxAckPending());
    }
    drift.compare("acknowledgement", FIXED, wanted.getAckPolicy(), found.getAckPolicy());
    drift.compare("server's own max deliveries", NEEDED, limit(-1), limit(found.getMaxDeliver()));
    drift.compare("backoff", NEEDED, wanted.getBackoff(), found.getBackoff());
    drift.compare("headers only", NEEDED, wanted.isHeadersOnly(), found.isHeadersOnly());
    drift.compare("pushes", FIXED, wanted.getDeliverSubject(), found.getDeliverSubject());
    return drift;
  }

  static ConsumerConfiguration changed(ConsumerConfiguration wanted, ConsumerConfiguration found) {
    return ConsumerConfiguration.builder(found)
        .ackWait(wanted.getAckWait())
        .maxAckPending(wanted.getMaxAckPending())
        .maxDeliver(-1)
        .backoff(new Duration[0])
        .headersOnly(wanted.isHeadersOnly())
        .description(wanted.getDescription())
        .build();
  }

  private static String limit(long value) {
    return value <= 0 ? "unlimited" : Long.toString(value);
  }
}
