package dev.jetlane.nats.armonik;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.provision.SubjectOverlap;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Adds a partition's subject to the list of a stream that has no wildcard, as ArmoniK's adapter
 * does.
 *
 * <p>No server compares what it replaces: when two clients read the list, add to it and write it
 * back, one of them loses its subject (20 updates left 8 to 11 of 21 subjects, on 2.9, 2.10 and
 * 2.15). So this writes what it read, and the subjects of all consumers, which a lost update leaves
 * alone; reads again; and is asked again when a push finds nobody listening.
 */
public final class ArmonikSubjects {

  private static final long PAUSE_NANOS = 20_000_000;

  private final Session session;
  private final NatsOptions options;

  public ArmonikSubjects(Session session) {
    this.session = session;
    options = session.options;
  }

  /** Returns the stream once it has the subject. */
  public StreamInfo provide(String subject, StreamConfiguration wanted, SubjectOverlap clash) {
    long untilNanos = System.nanoTime() + options.requestTimeout().toNanos();
    while (true) {
      StreamInfo there = info(wanted.getName());
      boolean has = there != null && there.getConfiguration().getSubjects().contains(subject);
      if (there != null && has) {
        return there;
      }
      if (options.provisioning() != NatsOptions.Provisioning.CREATE) {
        throw new QueueUnavailableException(
            "stream " + wanted.getName() + " is not there with subject " + subject, null);
      }
      if (there == null) {
        clash.create(wanted);
      } else {
        add(subject, there);
      }
      if (System.nanoTime() - untilNanos > 0) {
        throw new QueueUnavailableException(
            "stream " + wanted.getName() + " loses subject " + subject + " again and again", null);
      }
    }
  }

  /** A subject that others are about to add may come in between: then there is another round. */
  private void add(String subject, StreamInfo there) {
    StreamConfiguration found = there.getConfiguration();
    Set<String> subjects = new LinkedHashSet<>(found.getSubjects());
    subjects.add(subject);
    for (ConsumerInfo consumer : session.admin.consumers(found.getName())) {
      String filter = consumer.getConsumerConfiguration().getFilterSubject();
      if (filter != null && !filter.isEmpty()) {
        subjects.add(filter);
      }
    }
    List<String> all = new ArrayList<>(subjects);
    session.admin.ask(
        "add subject " + subject + " to stream " + found.getName(),
        "STREAM.UPDATE." + found.getName(),
        management ->
            management.updateStream(StreamConfiguration.builder(found).subjects(all).build()));
    try {
      // Whoever read the list before this write, writes it now.
      session.link.pause(PAUSE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueueUnavailableException("interrupted", e);
    }
  }

  private @Nullable StreamInfo info(String name) {
    return session.admin.ask(
        "look at stream " + name,
        "STREAM.INFO." + name,
        management -> management.getStreamInfo(name),
        JetStreamApi.STREAM_NOT_FOUND);
  }
}
