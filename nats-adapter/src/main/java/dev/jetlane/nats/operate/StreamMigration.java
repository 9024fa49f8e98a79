package dev.jetlane.nats.operate;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.delay.StoreDelayed;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.StreamLayout;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.pull.NatsDelivery;
import dev.jetlane.nats.pull.NatsPuller;
import dev.jetlane.nats.pull.PullContext;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.StoreRequest;
import dev.jetlane.nats.request.StoredMessage;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes a queue from one stream to many.
 *
 * <p>First the one stream takes another subject, so that whoever still pushes to the old ones is
 * told that nobody listens, and says that it is being moved, so that nobody opens it. Then each
 * task is pulled as any worker would, stored in its new place, and acked in the old one: it is in
 * both for a moment and never in none. Whatever stops the move, running it again goes on with it.
 */
public final class StreamMigration {

  private static final int AT_ONCE = 200;
  private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();

  private final Session session;
  private final NatsOptions options;
  private final NatsOptions before;
  private final Provisioner provisioner;
  private final long untilNanos;

  public StreamMigration(Session session, Duration patience) {
    this.session = session;
    options = session.options;
    before = options.withStreams(1);
    provisioner = new Provisioner(session, options);
    untilNanos = System.nanoTime() + patience.toNanos();
  }

  /** Returns how many tasks were moved. */
  public long run() throws InterruptedException {
    StreamInfo main = provisioner.streamInfo(options.stream());
    if (main == null) {
      throw new QueueUnavailableException("stream " + options.stream() + " is not there", null);
    }
    String description = main.getConfiguration().getDescription();
    int streams = StreamLayout.count(description);
    if (streams == options.streams()) {
      return 0;
    }
    boolean resumes =
        streams == StreamLayout.MOVING && StreamLayout.movingTo(description) == options.streams();
    if (streams != 1 && !resumes) {
      throw new ConfigDriftException(
          "stream "
              + options.stream()
              + " cannot be moved to "
              + options.streams()
              + " streams (it says: "
              + description
              + ")",
          null);
    }
    if (!resumes) {
      reachEverything(main);
      change(StreamLayout.subjects(options, 0), StreamLayout.movingMark(options.streams()));
    }
    for (int i = 1; i < options.streams(); i++) {
      provisioner.provisionStream(provisioner.mainStream(i));
    }
    long moved = moveAll() + moveLater();
    requireNothingLeft();
    change(StreamLayout.subjects(options, 0), StreamLayout.mark(0, options.streams()));
    return moved;
  }

  /** A task that was pushed to a partition that nobody opened has no consumer to be pulled from. */
  private void reachEverything(StreamInfo main) {
    Provisioner old = new Provisioner(session, before);
    for (String partition : oldPartitions(main.getConfiguration().getName())) {
      for (PartitionAddress lane : PartitionAddress.all(before, partition)) {
        old.provisionConsumer(lane);
      }
    }
  }

  /** The partitions that have tasks, of any priority. */
  private Set<String> oldPartitions(String stream) {
    Set<String> partitions = new TreeSet<>();
    PartitionAddress any = new PartitionAddress(before, "*");
    int at = any.subject.length() - 1;
    for (String subjects : List.of(any.subject, any.allPrioritySubjects())) {
      for (String subject : session.admin.subjects(stream, subjects)) {
        int end = subject.indexOf('.', at);
        partitions.add(end < 0 ? subject.substring(at) : subject.substring(at, end));
      }
    }
    return partitions;
  }

  private void change(String subjects, @Nullable String description) {
    session.admin.ask(
        "change stream " + options.stream(),
        "STREAM.UPDATE." + options.stream(),
        management -> {
          StreamConfiguration now = management.getStreamInfo(options.stream()).getConfiguration();
          return management.updateStream(
              StreamConfiguration.builder(now).subjects(subjects).description(description).build());
        });
  }

  private long moveAll() throws InterruptedException {
    long moved = 0;
    List<PartitionAddress> left = consumers();
    while (!left.isEmpty()) {
      List<PartitionAddress> held = new ArrayList<>();
      for (PartitionAddress from : left) {
        if (session.admin.messages(from.stream, from.subject) > 0) {
          moved += move(from, new PartitionAddress(options, from.partition, from.priority));
        }
        if (session.admin.messages(from.stream, from.subject) > 0) {
          held.add(from);
        } else {
          forget(from);
        }
      }
      left = held;
      if (!left.isEmpty() && untilNanos - System.nanoTime() <= 0) {
        throw new QueueUnavailableException(
            "not everything could be moved: workers still hold tasks of "
                + left.stream().map(lane -> lane.consumer).collect(Collectors.joining(", "))
                + ". Nothing is lost; stop them and run the move again",
            null);
      }
      session.link.pause(left.isEmpty() ? 0 : PAUSE_NANOS);
    }
    return moved;
  }

  /** The partitions whose consumers still take from the old subject. */
  private List<PartitionAddress> consumers() {
    List<PartitionAddress> lanes = new ArrayList<>();
    session
        .admin
        .consumers(options.stream())
        .forEach(
            consumer -> {
              String filter = consumer.getConsumerConfiguration().getFilterSubject();
              PartitionAddress lane = PartitionAddress.ofConsumer(before, consumer.getName());
              if (lane.subject.equals(filter)) {
                lanes.add(lane);
              }
            });
    return lanes;
  }

  private long move(PartitionAddress from, PartitionAddress to) throws InterruptedException {
    long moved = 0;
    PullContext context = new PullContext(session, from, PullOptions.defaults());
    try (NatsPuller puller = new NatsPuller(context, closed -> {}).connect()) {
      List<Delivery> some = puller.pull(AT_ONCE, Duration.ZERO);
      while (!some.isEmpty()) {
        List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>();
        for (Delivery delivery : some) {
          pushes.add(session.replies.send(copy((NatsDelivery) delivery, from, to)));
        }
        List<CompletableFuture<?>> acks = new ArrayList<>();
        for (int i = 0; i < pushes.size(); i++) {
          session.replies.await(pushes.get(i));
          acks.add(some.get(i).ackAsync());
        }
        for (CompletableFuture<?> ack : acks) {
          session.replies.await(ack);
        }
        moved += some.size();
        some = puller.pull(AT_ONCE, Duration.ZERO);
      }
    }
    return moved;
  }

  /**
   * Under its own message id, so that a repeated push of the task is still a duplicate. Within the
   * old stream, which knows that id, under one that a repeated move makes again.
   */
  private static StoreRequest copy(
      NatsDelivery delivery, PartitionAddress from, PartitionAddress to) {
    Map<String, String> headers = new LinkedHashMap<>(delivery.headers());
    headers.put(PartitionAddress.ID_HEADER, delivery.taskId());
    headers.put(
        PartitionAddress.MESSAGE_ID_HEADER,
        from.stream.equals(to.stream)
            ? to.movedMessageId(delivery.streamSequence() + "-" + delivery.storedAtNanos())
            : to.messageId(delivery.taskId()));
    return new StoreRequest(
        delivery.taskId(), "move of task ", to.subject, headers, delivery.payload());
  }

  /** What is delayed is copied with what is left of its delay. */
  private long moveLater() {
    long moved = 0;
    String subjects = PartitionAddress.allLaterSubjects(before, 0);
    StoredMessage next = firstLater(subjects);
    for (; next != null; next = firstLater(subjects)) {
      long sequence = next.sequence();
      StoreDelayed copy = StoreDelayed.copyOf(next, before, options);
      if (copy != null) {
        session.replies.call(copy);
        moved++;
      }
      session.admin.ask(
          "remove a delayed task from its old place",
          "STREAM.MSG.DELETE." + options.stream(),
          management -> management.deleteMessage(options.stream(), sequence, false),
          JetStreamApi.MESSAGE_NOT_FOUND);
    }
    session.admin.ask(
        "remove the old consumer of the delayed tasks",
        "CONSUMER.DELETE." + options.stream() + "." + PartitionAddress.LATER_CONSUMER,
        management -> management.deleteConsumer(options.stream(), PartitionAddress.LATER_CONSUMER),
        JetStreamApi.CONSUMER_NOT_FOUND);
    return moved;
  }

  private @Nullable StoredMessage firstLater(String subjects) {
    return session.admin.next("look for delayed tasks", options.stream(), 1, subjects);
  }

  /** Deletes no message: there is none left that it could deliver. */
  private void forget(PartitionAddress old) {
    session.admin.ask(
        "remove the old consumer of partition " + old.consumer,
        "CONSUMER.DELETE." + old.stream + "." + old.consumer,
        management -> management.deleteConsumer(old.stream, old.consumer),
        JetStreamApi.CONSUMER_NOT_FOUND);
  }

  private void requireNothingLeft() {
    Set<String> left = oldPartitions(options.stream());
    if (!left.isEmpty()) {
      throw new QueueUnavailableException(
          "not everything could be moved: tasks without a consumer are left in "
              + String.join(", ", left),
          null);
    }
  }
}
