package dev.jetlane.nats;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.time.Duration;

/**
 * Creates and checks the streams and the consumers.
 *
 * <p>Safe when many processes do it at once: creating the same twice is the same on every server
 * (measured on 2.9, 2.10 and 2.15), and what counts is what is read back afterwards, because 2.9
 * answers a create with other settings by an update, and old servers ignore settings that they do
 * not know.
 */
final class Provisioner {

  private static final int STREAM_NAME_IN_USE = 10058;
  private static final int CONSUMER_EXISTS = 10148;
  private static final int CONSUMER_NAME_IN_USE = 10013;

  /**
   * Room for many workers that wait at once; a request beyond it is refused. The server's default
   * is 512.
   */
  private static final int MAX_WAITING = 4096;

  /** As good as no limit; the client does not send -1, and leaving it out means 1,000. */
  private static final long MAX_DELAYED = 1_000_000_000;

  private final Admin admin;
  private final NatsOptions options;
  private volatile boolean streamsChecked;

  Provisioner(Admin admin, NatsOptions options) {
    this.admin = admin;
    this.options = options;
  }

  void provision(Lane lane) {
    if (options.provisioning() == NatsOptions.Provisioning.NONE) {
      return;
    }
    if (!streamsChecked) {
      provisionStream(mainStream());
      provisionStream(deadStream());
      provisionConsumer("consumer of the delayed tasks", laterConsumer());
      streamsChecked = true;
    }
    try {
      provisionConsumer("partition " + lane.partition, consumer(lane));
    } catch (QueueUnavailableException e) {
      streamsChecked = false;
      throw e;
    }
  }

  private void provisionStream(StreamConfiguration wanted) {
    String name = wanted.getName();
    StreamInfo there = streamInfo(name);
    if (there == null && options.provisioning() == NatsOptions.Provisioning.CREATE) {
      admin.ask(
          "create stream " + name,
          "STREAM.CREATE." + name,
          management -> management.addStream(wanted),
          STREAM_NAME_IN_USE);
      there = streamInfo(name);
    }
    if (there == null) {
      throw new QueueUnavailableException("stream " + name + " is not there", null);
    }
    Drift drift = new Drift("stream " + name);
    StreamConfiguration found = there.getConfiguration();
    drift.compare("retention", wanted.getRetentionPolicy(), found.getRetentionPolicy());
    drift.compare("subjects", wanted.getSubjects(), found.getSubjects());
    drift.compare("discard policy", wanted.getDiscardPolicy(), found.getDiscardPolicy());
    drift.compare(
        "messages per subject",
        limit(wanted.getMaxMsgsPerSubject()),
        limit(found.getMaxMsgsPerSubject()));
    drift.compare(
        "refuses per subject", wanted.isDiscardNewPerSubject(), found.isDiscardNewPerSubject());
    drift.compare("dedup window", wanted.getDuplicateWindow(), found.getDuplicateWindow());
    drift.compare("storage", wanted.getStorageType(), found.getStorageType());
    drift.compare("replicas", wanted.getReplicas(), found.getReplicas());
    drift.compare("without acknowledgement", wanted.getNoAck(), found.getNoAck());
    if (wanted.getRetentionPolicy() == RetentionPolicy.WorkQueue) {
      drift.compare("maximum age", wanted.getMaxAge(), found.getMaxAge());
    }
    drift.requireNone();
  }

  private @org.jspecify.annotations.Nullable StreamInfo streamInfo(String name) {
    return admin.ask(
        "look at stream " + name,
        "STREAM.INFO." + name,
        management -> management.getStreamInfo(name),
        Admin.STREAM_NOT_FOUND);
  }

  private void provisionConsumer(String what, ConsumerConfiguration wanted) {
    String name = wanted.getDurable();
    ConsumerInfo there = consumerInfo(what, name);
    if (there == null && options.provisioning() == NatsOptions.Provisioning.CREATE) {
      admin.ask(
          "create " + what,
          "CONSUMER.CREATE." + options.stream() + "." + name + "." + wanted.getFilterSubject(),
          management -> management.createConsumer(options.stream(), wanted),
          CONSUMER_EXISTS,
          CONSUMER_NAME_IN_USE);
      there = consumerInfo(what, name);
    }
    if (there == null) {
      throw new QueueUnavailableException(
          what + " is not there: stream " + options.stream() + " has no consumer " + name, null);
    }
    Drift drift = new Drift(what);
    ConsumerConfiguration found = there.getConsumerConfiguration();
    drift.compare("filter", wanted.getFilterSubject(), found.getFilterSubject());
    drift.compare("lease", wanted.getAckWait(), found.getAckWait());
    drift.compare("max outstanding", wanted.getMaxAckPending(), found.getMaxAckPending());
    drift.compare("acknowledgement", wanted.getAckPolicy(), found.getAckPolicy());
    drift.compare("server's own max deliveries", limit(-1), limit(found.getMaxDeliver()));
    drift.compare("backoff", wanted.getBackoff(), found.getBackoff());
    drift.compare("headers only", wanted.isHeadersOnly(), found.isHeadersOnly());
    drift.compare("pushes", wanted.getDeliverSubject(), found.getDeliverSubject());
    drift.requireNone();
  }

  private @org.jspecify.annotations.Nullable ConsumerInfo consumerInfo(String what, String name) {
    return admin.ask(
        "look at " + what,
        "CONSUMER.INFO." + options.stream() + "." + name,
        management -> management.getConsumerInfo(options.stream(), name),
        Admin.CONSUMER_NOT_FOUND);
  }

  private StreamConfiguration mainStream() {
    QueueConfig queue = options.queue();
    StreamConfiguration.Builder builder =
        StreamConfiguration.builder()
            .name(options.stream())
            .subjects(Lane.allSubjects(options))
            .retentionPolicy(RetentionPolicy.WorkQueue)
            // The other policy drops the oldest task to make room, also one that a worker holds.
            .discardPolicy(DiscardPolicy.New)
            .duplicateWindow(queue.dedupWindow())
            .storageType(storage())
            .replicas(options.replicas());
    if (queue.maxTasks() != QueueConfig.UNLIMITED) {
      builder.maxMessagesPerSubject(queue.maxTasks()).discardNewPerSubject(true);
    }
    return builder.build();
  }

  /** One message per subject, and no second one: see {@link DeadLetterWriter}. */
  private StreamConfiguration deadStream() {
    return StreamConfiguration.builder()
        .name(Lane.deadStream(options))
        .subjects(Lane.allDeadSubjects(options))
        .retentionPolicy(RetentionPolicy.Limits)
        .discardPolicy(DiscardPolicy.New)
        .maxMessagesPerSubject(1)
        .discardNewPerSubject(true)
        .duplicateWindow(options.queue().dedupWindow())
        .storageType(storage())
        .replicas(options.replicas())
        .build();
  }

  private StorageType storage() {
    return options.storage() == NatsOptions.Storage.FILE ? StorageType.File : StorageType.Memory;
  }

  /**
   * The server's MaxDeliver strands tasks in the stream, and its BackOff breaks delayed naks: both
   * stay unused.
   */
  private ConsumerConfiguration consumer(Lane lane) {
    QueueConfig queue = options.queue();
    return consumer(lane.partition, lane.subject, queue.lease(), queue.maxOutstanding());
  }

  /** One for all partitions; see {@link Mover}. */
  private ConsumerConfiguration laterConsumer() {
    return consumer(Lane.LATER_CONSUMER, Lane.allLaterSubjects(options), Mover.LEASE, MAX_DELAYED);
  }

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

  private static String limit(long value) {
    return value <= 0 ? "unlimited" : Long.toString(value);
  }
}
