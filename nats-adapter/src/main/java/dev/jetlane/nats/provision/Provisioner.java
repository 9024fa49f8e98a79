// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.request.AtomicStore;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Creates and checks the streams and the consumers.
 *
 * <p>Many processes can run it concurrently: creating the same object twice has no effect on any
 * server (measured on 2.9, 2.10 and 2.15). The settings are read back and compared after a
 * creation, because 2.9 takes a create with other settings for an update, and old servers ignore
 * unknown settings.
 */
public final class Provisioner {

  private static final int CONSUMER_EXISTS = 10148;
  private static final int CONSUMER_NAME_IN_USE = 10013;
  private static final int NOT_A_SUBJECT = 10093;
  private static final int SUBJECT_TRIES = 10;

  /**
   * The code for a consumer with more unsettled messages than the account or the server permits.
   */
  private static final int PENDING_EXCESS = 10121;

  private static final Pattern PENDING_LIMIT = Pattern.compile("exceeds system limit of (\\d+)");

  private final Session session;
  private final JetStreamApi api;
  private final ProvisioningTerms terms;
  private final StreamSpecs specs;
  private final Set<String> checked = ConcurrentHashMap.newKeySet();
  private final AtomicInteger created = new AtomicInteger();
  private final ConsumerLoad load;
  private final SubjectOverlap overlap;
  private final Dialect.@Nullable SubjectList subjectList;

  /** Creates a provisioner for the queue of a session. */
  public Provisioner(Session session, ProvisioningTerms terms) {
    this(session, session.settings.layout(), terms);
  }

  /** Creates a provisioner for the same queue with another layout. */
  public Provisioner(Session session, QueueLayout layout, ProvisioningTerms terms) {
    this.session = session;
    api = session.api;
    this.terms = terms;
    QueueConfig queue = session.settings.queue();
    subjectList = session.settings.dialect().subjectList(api, session.monitor);
    boolean atomic = subjectList == null && AtomicStore.isPossibleOn(api.serverInfo());
    specs = new StreamSpecs(layout, queue, terms, atomic, session::warn);
    overlap = new SubjectOverlap(api);
    load = new ConsumerLoad(api.serverInfo(), session::warn);
  }

  public StreamSpecs specs() {
    return specs;
  }

  /** Returns a line for each stream with too many partitions. */
  public List<String> warnings() {
    return load.warnings();
  }

  /** Returns whether this may create missing streams and consumers. */
  public boolean creates() {
    return terms.checks() && terms.creates();
  }

  /** Returns the number of streams and consumers that this created. */
  public int created() {
    return created.get();
  }

  /** Forgets which streams were checked, because another client may have deleted them. */
  public void lookAgain() {
    checked.clear();
  }

  /**
   * Creates or checks the stream and the consumers of a partition, by the terms.
   *
   * @param addresses a partition, by priority
   * @return the settings of its consumers; an empty list if they were not checked
   * @throws ConfigDriftException if a different setting is not allowed by the terms
   */
  public List<ConsumerConfiguration> provision(
      List<PartitionAddress> addresses, long deadlineNanos) {
    addresses.forEach(load::opened);
    if (!terms.checks()) {
      return List.of();
    }
    for (int left = subjectList == null ? 0 : SUBJECT_TRIES; ; left--) {
      try {
        return provisionAll(addresses, deadlineNanos);
      } catch (SubjectGoneException e) {
        checked.clear();
        if (left <= 1) {
          throw new QueueUnavailableException(e.text, e);
        }
      } catch (TaskQueueException e) {
        checked.clear();
        throw e;
      }
    }
  }

  private List<ConsumerConfiguration> provisionAll(
      List<PartitionAddress> addresses, long deadlineNanos) throws SubjectGoneException {
    PartitionAddress first = addresses.get(0);
    boolean looked = !checked.contains(first.stream);
    provisionStreams(first, deadlineNanos);
    ConsumerInfo there = api.consumerInfo(first.stream, first.consumer, deadlineNanos);
    if (there == null && !looked) {
      // The client that removed the consumer may have changed the stream too.
      checked.clear();
      provisionStreams(first, deadlineNanos);
    }
    List<ConsumerConfiguration> found = new ArrayList<>();
    found.add(provisionConsumer(first, specs.consumer(first), there, deadlineNanos));
    for (PartitionAddress address : addresses.subList(1, addresses.size())) {
      found.add(provisionConsumer(address, deadlineNanos));
    }
    return found;
  }

  private void provisionStreams(PartitionAddress address, long deadlineNanos)
      throws SubjectGoneException {
    if (subjectList != null) {
      provisionSubject(address, deadlineNanos);
      provisionStream(specs.deadStream(), deadlineNanos);
      return;
    }
    boolean looked = checked.contains(address.stream);
    // The first stream stores the number of streams.
    provisionStream(specs.mainStream(0), deadlineNanos);
    provisionStream(specs.mainStream(address.index), deadlineNanos);
    provisionStream(specs.deadStream(), deadlineNanos);
    String delayed = address.stream + PartitionAddress.DELAYED_CONSUMER;
    if (!looked || !checked.contains(delayed)) {
      provisionDelayed(address, deadlineNanos);
      checked.add(delayed);
    }
  }

  /**
   * Creates the consumer of the delayed tasks, with the largest limit of outstanding messages that
   * the account permits.
   */
  private void provisionDelayed(PartitionAddress address, long deadlineNanos)
      throws SubjectGoneException {
    ConsumerInfo there =
        api.consumerInfo(address.stream, PartitionAddress.DELAYED_CONSUMER, deadlineNanos);
    ConsumerConfiguration found;
    try {
      found = provisionDelayed(address, StreamSpecs.MAX_DELAYED, there, deadlineNanos);
    } catch (QueueRejectedException e) {
      Matcher limit = PENDING_LIMIT.matcher("" + e.getMessage());
      if (e.code().orElse(0) != PENDING_EXCESS || !limit.find()) {
        throw e;
      }
      found = provisionDelayed(address, Long.parseLong(limit.group(1)), there, deadlineNanos);
    }
    long most = found.getMaxAckPending();
    if (most > 0 && most < StreamSpecs.MAX_DELAYED) {
      session.warn(
          "stream "
              + address.stream
              + " can time at most "
              + most
              + " delayed tasks (max_ack_pending of its consumer "
              + PartitionAddress.DELAYED_CONSUMER
              + "): if there are more, some become ready late");
    }
  }

  private ConsumerConfiguration provisionDelayed(
      PartitionAddress address, long most, @Nullable ConsumerInfo there, long deadlineNanos)
      throws SubjectGoneException {
    return provisionConsumer(
        address, specs.delayedConsumer(address.index, most), there, deadlineNanos);
  }

  /** Ensures that a stream without a wildcard has the partition's subject. */
  public void provisionSubject(PartitionAddress address, long deadlineNanos) {
    StreamConfiguration wanted =
        StreamConfiguration.builder(specs.mainStream(0)).subjects(address.subject).build();
    StreamInfo there =
        Objects.requireNonNull(subjectList)
            .provide(
                address.subject,
                wanted,
                terms.creates() ? stream -> overlap.create(stream, deadlineNanos) : null,
                deadlineNanos);
    StreamConfiguration found = there.getConfiguration();
    StreamConfiguration same =
        StreamConfiguration.builder(wanted).subjects(found.getSubjects()).build();
    if (specs.drift(same, found).mustUpdate()) {
      specs.drift(same, update(same, found, deadlineNanos).getConfiguration()).requireNone();
    }
    session.requests.found(found.getDuplicateWindow());
    load.counted(found.getName(), there.getStreamState().getConsumerCount());
  }

  /** Creates or checks the first stream of tasks and the stream of dead letters. */
  public void provisionFirstStreams(long deadlineNanos) {
    provisionStream(specs.mainStream(0), deadlineNanos);
    provisionStream(specs.deadStream(), deadlineNanos);
  }

  /** Creates or checks a stream. */
  public void provisionStream(StreamConfiguration wanted, long deadlineNanos) {
    String name = wanted.getName();
    if (checked.contains(name)) {
      return;
    }
    StreamInfo there = api.streamInfo(name, deadlineNanos);
    if (there == null && terms.creates()) {
      overlap.create(wanted, deadlineNanos);
      created.incrementAndGet();
      there = api.streamInfo(name, deadlineNanos);
    }
    if (there == null) {
      throw new QueueUnavailableException("stream " + name + " does not exist", null);
    }
    StreamMarks.requireKnownFormat(there.getConfiguration());
    if (specs.drift(wanted, there.getConfiguration()).mustUpdate()) {
      there = update(wanted, there.getConfiguration(), deadlineNanos);
      specs.drift(wanted, there.getConfiguration()).requireNone();
    }
    session.requests.found(there.getConfiguration().getDuplicateWindow());
    if (terms.creates()) {
      overlap.requireNone(wanted, there, deadlineNanos);
    }
    if (StreamSpecs.isOfTasks(wanted)) {
      // Without the consumer of the delayed tasks.
      load.counted(name, there.getStreamState().getConsumerCount() - 1);
    }
    checked.add(name);
  }

  private StreamInfo update(
      StreamConfiguration wanted, StreamConfiguration found, long deadlineNanos) {
    StreamInfo info =
        api.change(
            "change stream " + wanted.getName(),
            "STREAM.UPDATE." + wanted.getName(),
            deadlineNanos,
            management -> management.updateStream(StreamSpecs.changed(wanted, found)));
    return Objects.requireNonNull(info, "an update has an answer");
  }

  /** Creates or checks the consumer of a partition in one priority. */
  public void provisionOne(PartitionAddress address, long deadlineNanos) {
    try {
      var unused = provisionConsumer(address, deadlineNanos);
    } catch (SubjectGoneException e) {
      throw new QueueUnavailableException(e.text, e);
    }
  }

  private ConsumerConfiguration provisionConsumer(PartitionAddress address, long deadlineNanos)
      throws SubjectGoneException {
    ConsumerInfo there = api.consumerInfo(address.stream, address.consumer, deadlineNanos);
    return provisionConsumer(address, specs.consumer(address), there, deadlineNanos);
  }

  /** Returns the settings of the consumer. */
  private ConsumerConfiguration provisionConsumer(
      PartitionAddress address,
      ConsumerConfiguration wanted,
      @Nullable ConsumerInfo found,
      long deadlineNanos)
      throws SubjectGoneException {
    ConsumerInfo there = found;
    if (there == null && terms.creates()) {
      create(address, wanted, deadlineNanos);
      there = api.consumerInfo(address.stream, wanted.getDurable(), deadlineNanos);
    }
    if (there == null) {
      throw new QueueUnavailableException(
          "partition "
              + wanted.getDurable()
              + " does not exist: no such consumer of stream "
              + address.stream,
          null);
    }
    if (specs.drift(wanted, there.getConsumerConfiguration()).mustUpdate()) {
      there = update(address, wanted, there.getConsumerConfiguration(), deadlineNanos);
      specs.drift(wanted, there.getConsumerConfiguration()).requireNone();
    }
    return there.getConsumerConfiguration();
  }

  /** Creates a consumer, unless it exists, possibly with other settings. */
  private void create(PartitionAddress address, ConsumerConfiguration wanted, long deadlineNanos)
      throws SubjectGoneException {
    ApiOutcome outcome = new ApiOutcome(CONSUMER_EXISTS, CONSUMER_NAME_IN_USE, NOT_A_SUBJECT);
    api.change(
        "create partition " + wanted.getDurable(),
        createSubject(address, wanted),
        deadlineNanos,
        management -> outcome.of(() -> management.createConsumer(address.stream, wanted)));
    if (outcome.code() == NOT_A_SUBJECT) {
      throw new SubjectGoneException(wanted);
    }
    created.incrementAndGet();
  }

  private ConsumerInfo update(
      PartitionAddress address,
      ConsumerConfiguration wanted,
      ConsumerConfiguration found,
      long deadlineNanos) {
    ConsumerInfo info =
        api.change(
            "change partition " + wanted.getDurable(),
            createSubject(address, wanted),
            deadlineNanos,
            management ->
                management.addOrUpdateConsumer(address.stream, StreamSpecs.changed(wanted, found)));
    return Objects.requireNonNull(info, "an update has an answer");
  }

  private static String createSubject(PartitionAddress address, ConsumerConfiguration wanted) {
    return "CONSUMER.CREATE."
        + address.stream
        + "."
        + wanted.getDurable()
        + "."
        + wanted.getFilterSubject();
  }

  /**
   * The stream lacks the subject of a consumer, because another client's update of the list removed
   * it; 2.9 then refuses the consumer.
   */
  private static final class SubjectGoneException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String text;

    SubjectGoneException(ConsumerConfiguration wanted) {
      super("no subject " + wanted.getFilterSubject());
      text =
          "create partition "
              + wanted.getDurable()
              + ": the stream has no subject "
              + wanted.getFilterSubject()
              + " ("
              + NOT_A_SUBJECT
              + ")";
    }
  }
}
