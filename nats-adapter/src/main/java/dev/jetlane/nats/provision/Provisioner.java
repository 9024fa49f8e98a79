package dev.jetlane.nats.provision;

import static dev.jetlane.nats.provision.Drift.Weight.BORN_WITH;
import static dev.jetlane.nats.provision.Drift.Weight.FIXED;
import static dev.jetlane.nats.provision.Drift.Weight.FREE;
import static dev.jetlane.nats.provision.Drift.Weight.NEEDED;

import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.armonik.ArmonikSubjects;
import dev.jetlane.nats.delay.DelayedTaskMover;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.StreamLayout;
import dev.jetlane.nats.pull.DeadLetterWriter;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
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
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Creates and checks the streams and the consumers.
 *
 * <p>Safe when many processes do it at once: creating the same twice is the same on every server
 * (measured on 2.9, 2.10 and 2.15), and what counts is what is read back afterwards, because 2.9
 * answers a create with other settings by an update, and old servers ignore settings that they do
 * not know.
 */
public final class Provisioner {

  private static final int CONSUMER_EXISTS = 10148;
  private static final int CONSUMER_NAME_IN_USE = 10013;
  private static final int NOT_A_SUBJECT = 10093;
  private static final int BARE_TRIES = 10;

  /**
   * Room for many workers that wait at once; a request beyond it is refused. The server's default
   * is 512.
   */
  private static final int MAX_WAITING = 4096;

  /** As good as no limit; the client does not send -1, and leaving it out means 1,000. */
  private static final long MAX_DELAYED = 1_000_000_000;

  private final JetStreamApi admin;
  private final Consumer<String> warn;
  private final NatsOptions options;
  private final Set<String> checked = ConcurrentHashMap.newKeySet();
  private final ConsumerLoad crowding;
  private final SubjectOverlap clash;
  private final ArmonikSubjects bare;

  public Provisioner(Session session, NatsOptions options) {
    admin = session.admin;
    warn = session::warn;
    bare = new ArmonikSubjects(session);
    this.options = options;
    clash = new SubjectOverlap(admin);
    crowding = new ConsumerLoad(admin.serverInfo(), warn);
  }

  /** Which streams have more partitions than is good for them, one line each. */
  public List<String> warnings() {
    return crowding.warnings();
  }

  /**
   * Creates or checks what a partition needs, as the options say.
   *
   * @param lanes a partition, by priority
   */
  public void provision(PartitionAddress[] lanes) {
    for (PartitionAddress lane : lanes) {
      crowding.opened(lane);
    }
    if (options.provisioning() == NatsOptions.Provisioning.NONE) {
      return;
    }
    for (int left = options.bareSubjects() ? BARE_TRIES : 1; ; left--) {
      try {
        provisionAll(lanes);
        return;
      } catch (QueueUnavailableException e) {
        checked.clear();
        // Others change the subjects: 2.9 refuses a consumer whose subject was taken away
        // meanwhile.
        boolean again = String.valueOf(e.getMessage()).contains("(" + NOT_A_SUBJECT + ")");
        if (!again || left <= 1) {
          throw e;
        }
      }
    }
  }

  private void provisionAll(PartitionAddress[] lanes) {
    PartitionAddress lane = lanes[0];
    boolean looked = !checked.contains(lane.stream);
    provisionStreams(lane);
    ConsumerConfiguration wanted = consumer(lane);
    ConsumerInfo there = consumerInfo(lane, wanted);
    if (there == null && !looked) {
      // Whoever removed it may have changed the stream too.
      checked.clear();
      provisionStreams(lane);
    }
    lane.accept(provisionConsumer(lane, wanted, there));
    for (int i = 1; i < lanes.length; i++) {
      provisionConsumer(lanes[i]);
    }
  }

  private void provisionStreams(PartitionAddress lane) {
    if (options.bareSubjects()) {
      provisionSubject(lane);
      provisionStream(deadStream());
      return;
    }
    boolean looked = checked.contains(lane.stream);
    // The first one knows how many there are.
    provisionStream(mainStream(0));
    provisionStream(mainStream(lane.index));
    provisionStream(deadStream());
    if (!looked || !checked.contains(lane.stream + PartitionAddress.LATER_CONSUMER)) {
      ConsumerConfiguration later = laterConsumer(lane.index);
      provisionConsumer(lane, later, consumerInfo(lane, later));
      checked.add(lane.stream + PartitionAddress.LATER_CONSUMER);
    }
  }

  /** Makes sure that the stream takes the partition's bare subject. */
  public void provisionSubject(PartitionAddress lane) {
    StreamConfiguration wanted =
        StreamConfiguration.builder(mainStream(0)).subjects(lane.subject).build();
    StreamInfo there = bare.provide(lane.subject, wanted, clash);
    StreamConfiguration found = there.getConfiguration();
    StreamConfiguration same =
        StreamConfiguration.builder(wanted).subjects(found.getSubjects()).build();
    Drift drift = streamDrift(same, found);
    if (drift.mustUpdate()) {
      streamDrift(same, update(same, found).getConfiguration()).requireNone();
    }
    crowding.counted(found.getName(), there.getStreamState().getConsumerCount());
  }

  public void provisionStream(StreamConfiguration wanted) {
    String name = wanted.getName();
    if (checked.contains(name)) {
      return;
    }
    StreamInfo there = streamInfo(name);
    if (there == null && options.provisioning() == NatsOptions.Provisioning.CREATE) {
      clash.create(wanted);
      there = streamInfo(name);
    }
    if (there == null) {
      throw new QueueUnavailableException("stream " + name + " is not there", null);
    }
    StreamLayout.requireKnownFormat(there.getConfiguration());
    Drift drift = streamDrift(wanted, there.getConfiguration());
    if (drift.mustUpdate()) {
      there = update(wanted, there.getConfiguration());
      streamDrift(wanted, there.getConfiguration()).requireNone();
    }
    if (options.provisioning() == NatsOptions.Provisioning.CREATE) {
      clash.requireNone(wanted, there);
    }
    if (wanted.getRetentionPolicy() == RetentionPolicy.WorkQueue) {
      // One of them is that of the delayed tasks.
      crowding.counted(name, there.getStreamState().getConsumerCount() - 1);
    }
    checked.add(name);
  }

  private Drift streamDrift(StreamConfiguration wanted, StreamConfiguration found) {
    Drift drift = new Drift("stream " + wanted.getName(), options.driftPolicy(), warn);
    if (found.getName().equals(options.stream())) {
      drift.compare("streams", FIXED, streams(options.streams()), streams(found.getDescription()));
    }
    drift.compare("retention", FIXED, wanted.getRetentionPolicy(), found.getRetentionPolicy());
    drift.compare("subjects", FIXED, wanted.getSubjects(), found.getSubjects());
    // Without a limit nothing is discarded, whatever the policy.
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
    drift.compare(
        "refuses per subject",
        NEEDED,
        wanted.isDiscardNewPerSubject(),
        found.isDiscardNewPerSubject());
    if (wanted.getMaxBytes() > 0) {
      drift.compare("bytes", FREE, limit(wanted.getMaxBytes()), limit(found.getMaxBytes()));
    }
    drift.compare("dedup window", FREE, wanted.getDuplicateWindow(), found.getDuplicateWindow());
    drift.compare("storage", BORN_WITH, wanted.getStorageType(), found.getStorageType());
    drift.compare("replicas", FREE, wanted.getReplicas(), found.getReplicas());
    drift.compare("without acknowledgement", NEEDED, wanted.getNoAck(), found.getNoAck());
    if (wanted.getRetentionPolicy() == RetentionPolicy.WorkQueue) {
      drift.compare("maximum age", NEEDED, wanted.getMaxAge(), found.getMaxAge());
    }
    return drift;
  }

  private static boolean isLimited(StreamConfiguration stream) {
    return stream.getMaxMsgs() > 0
        || stream.getMaxBytes() > 0
        || stream.getMaxMsgsPerSubject() > 0
        || stream.getMaximumMessageSize() > 0;
  }

  /** What these options say nothing about stays as it is. */
  private StreamInfo update(StreamConfiguration wanted, StreamConfiguration found) {
    StreamConfiguration changed =
        StreamConfiguration.builder(found)
            .discardPolicy(wanted.getDiscardPolicy())
            .maxMessagesPerSubject(wanted.getMaxMsgsPerSubject())
            .discardNewPerSubject(wanted.isDiscardNewPerSubject())
            .duplicateWindow(wanted.getDuplicateWindow())
            .replicas(wanted.getReplicas())
            .maxBytes(wanted.getMaxBytes() > 0 ? wanted.getMaxBytes() : found.getMaxBytes())
            .noAck(wanted.getNoAck())
            .maxAge(
                wanted.getRetentionPolicy() == RetentionPolicy.WorkQueue
                    ? wanted.getMaxAge()
                    : found.getMaxAge())
            .build();
    StreamInfo info =
        admin.ask(
            "change stream " + wanted.getName(),
            "STREAM.UPDATE." + wanted.getName(),
            management -> management.updateStream(changed));
    return java.util.Objects.requireNonNull(info, "an update has an answer");
  }

  private static String streams(int count) {
    return count == StreamLayout.MOVING ? "being moved" : Integer.toString(count);
  }

  private static String streams(@Nullable String description) {
    return streams(StreamLayout.count(description));
  }

  public @Nullable StreamInfo streamInfo(String name) {
    return admin.ask(
        "look at stream " + name,
        "STREAM.INFO." + name,
        management -> management.getStreamInfo(name),
        JetStreamApi.STREAM_NOT_FOUND);
  }

  public void provisionConsumer(PartitionAddress lane) {
    ConsumerConfiguration wanted = consumer(lane);
    lane.accept(provisionConsumer(lane, wanted, consumerInfo(lane, wanted)));
  }

  /** Returns the settings that it has. */
  private ConsumerConfiguration provisionConsumer(
      PartitionAddress lane, ConsumerConfiguration wanted, @Nullable ConsumerInfo found) {
    ConsumerInfo there = found;
    if (there == null && options.provisioning() == NatsOptions.Provisioning.CREATE) {
      admin.ask(
          "create partition " + wanted.getDurable(),
          createSubject(lane, wanted),
          management -> management.createConsumer(lane.stream, wanted),
          CONSUMER_EXISTS,
          CONSUMER_NAME_IN_USE);
      there = consumerInfo(lane, wanted);
    }
    if (there == null) {
      throw new QueueUnavailableException(
          "partition "
              + wanted.getDurable()
              + " is not there: no such consumer of stream "
              + lane.stream,
          null);
    }
    if (consumerDrift(wanted, there.getConsumerConfiguration()).mustUpdate()) {
      there = update(lane, wanted, there.getConsumerConfiguration());
      consumerDrift(wanted, there.getConsumerConfiguration()).requireNone();
    }
    return there.getConsumerConfiguration();
  }

  private Drift consumerDrift(ConsumerConfiguration wanted, ConsumerConfiguration has) {
    Drift drift = new Drift("partition " + wanted.getDurable(), options.driftPolicy(), warn);
    int priorities = PartitionAddress.priorities(wanted.getDescription());
    int found = PartitionAddress.priorities(has.getDescription());
    // With fewer of them what the others hold would not be seen any more.
    drift.compare("priorities", priorities < found ? FIXED : NEEDED, priorities, found);
    drift.compare("filter", FIXED, wanted.getFilterSubject(), has.getFilterSubject());
    drift.compare("lease", FREE, wanted.getAckWait(), has.getAckWait());
    drift.compare("max outstanding", FREE, wanted.getMaxAckPending(), has.getMaxAckPending());
    drift.compare("acknowledgement", FIXED, wanted.getAckPolicy(), has.getAckPolicy());
    drift.compare("server's own max deliveries", NEEDED, limit(-1), limit(has.getMaxDeliver()));
    drift.compare("backoff", NEEDED, wanted.getBackoff(), has.getBackoff());
    drift.compare("headers only", NEEDED, wanted.isHeadersOnly(), has.isHeadersOnly());
    drift.compare("pushes", FIXED, wanted.getDeliverSubject(), has.getDeliverSubject());
    return drift;
  }

  private ConsumerInfo update(
      PartitionAddress lane, ConsumerConfiguration wanted, ConsumerConfiguration found) {
    ConsumerConfiguration changed =
        ConsumerConfiguration.builder(found)
            .ackWait(wanted.getAckWait())
            .maxAckPending(wanted.getMaxAckPending())
            .maxDeliver(-1)
            .backoff(new Duration[0])
            .headersOnly(wanted.isHeadersOnly())
            .description(wanted.getDescription())
            .build();
    ConsumerInfo info =
        admin.ask(
            "change partition " + wanted.getDurable(),
            createSubject(lane, wanted),
            management -> management.addOrUpdateConsumer(lane.stream, changed));
    return java.util.Objects.requireNonNull(info, "an update has an answer");
  }

  private static String createSubject(PartitionAddress lane, ConsumerConfiguration wanted) {
    return "CONSUMER.CREATE."
        + lane.stream
        + "."
        + wanted.getDurable()
        + "."
        + wanted.getFilterSubject();
  }

  private @Nullable ConsumerInfo consumerInfo(PartitionAddress lane, ConsumerConfiguration wanted) {
    String name = wanted.getDurable();
    return admin.ask(
        "look at partition " + name,
        "CONSUMER.INFO." + lane.stream + "." + name,
        management -> management.getConsumerInfo(lane.stream, name),
        JetStreamApi.CONSUMER_NOT_FOUND,
        JetStreamApi.STREAM_NOT_FOUND);
  }

  public StreamConfiguration mainStream(int index) {
    QueueConfig queue = options.queue();
    StreamConfiguration.Builder builder =
        StreamConfiguration.builder()
            .name(StreamLayout.name(options, index))
            .description(StreamLayout.mark(index, options.streams()))
            .metadata(StreamLayout.FORMAT)
            .subjects(StreamLayout.subjects(options, index))
            .retentionPolicy(RetentionPolicy.WorkQueue)
            // The other policy drops the oldest task to make room, also one that a worker holds.
            .discardPolicy(DiscardPolicy.New)
            .duplicateWindow(queue.dedupWindow())
            .storageType(storage())
            .replicas(options.replicas())
            .maxBytes(options.maxBytes());
    if (queue.maxTasks() != QueueConfig.UNLIMITED) {
      builder.maxMessagesPerSubject(queue.maxTasks()).discardNewPerSubject(true);
    }
    return builder.build();
  }

  /** One message per subject, and no second one: see {@link DeadLetterWriter}. */
  private StreamConfiguration deadStream() {
    return StreamConfiguration.builder()
        .name(PartitionAddress.deadStream(options))
        .metadata(StreamLayout.FORMAT)
        .subjects(PartitionAddress.allDeadSubjects(options))
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
  private ConsumerConfiguration consumer(PartitionAddress lane) {
    QueueConfig queue = options.queue();
    ConsumerConfiguration plain =
        consumer(lane.consumer, lane.subject, queue.lease(), queue.maxOutstanding());
    String mark = lane.priority == 0 ? PartitionAddress.mark(queue.priorities()) : null;
    return mark == null ? plain : ConsumerConfiguration.builder(plain).description(mark).build();
  }

  /** One for all partitions of a stream; see {@link DelayedTaskMover}. */
  private ConsumerConfiguration laterConsumer(int index) {
    String subjects = PartitionAddress.allLaterSubjects(options, index);
    return consumer(PartitionAddress.LATER_CONSUMER, subjects, DelayedTaskMover.LEASE, MAX_DELAYED);
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
