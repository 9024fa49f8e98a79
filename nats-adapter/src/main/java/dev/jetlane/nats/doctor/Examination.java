// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.PartitionSummary;
import dev.jetlane.PermissionDeniedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.operate.NatsAdmin;
import dev.jetlane.nats.provision.ConsumerLoad;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.AccountLimits;
import io.nats.client.api.AccountStatistics;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reports the problems of a queue: server, limits, streams, consumers, partitions. Changes nothing.
 * A right that this user lacks is reported by name; the examination continues.
 */
public final class Examination {

  /** The level of a finding. */
  public enum Level {
    OK,
    UNSEEN,
    WARNING,
    PROBLEM
  }

  /** Receives the findings. */
  public interface Report {
    void add(Level level, String topic, String evidence, String advice);
  }

  private static final int LETTERS = 1_000;
  private static final Duration CLOCKS = Duration.ofSeconds(2);
  private static final double FULL = 0.8;
  private static final String SYNC =
      "a power failure can lose tasks that were confirmed within this interval:"
          + " set sync_interval to always, or use 3 replicas";

  private final Session session;
  private final JetStreamApi api;
  private final ProvisioningTerms terms;
  private final NatsAdmin admin;
  private final Report report;
  private List<String> names = List.of();

  /**
   * Sends no request yet.
   *
   * @param terms the terms of the comparison: create and change nothing, fail on a difference
   */
  public Examination(Session session, ProvisioningTerms terms, Report report) {
    this.session = session;
    this.terms = terms;
    this.report = report;
    api = session.api;
    admin = new NatsAdmin(session);
  }

  /**
   * Examines all topics, each within the request timeout.
   *
   * @param monitoring the monitoring port of the server; null if it is not known
   */
  public void run(@Nullable URI monitoring) {
    topic("server", () -> KnownDefects.report(api.serverInfo(), report));
    topic("limits", this::limits);
    QueueLayout layout = session.settings.layout();
    for (int index = 0; index < layout.streams(); index++) {
      int each = index;
      String stream = layout.streamName(index);
      topic("stream " + stream, () -> stream(each, stream));
      topic("consumers of " + stream, () -> consumers(each, stream));
    }
    topic("sync interval", () -> syncInterval(monitoring, layout.stream()));
    topic("dead letters", () -> deadStream(layout));
    topic("partitions", this::partitions);
    topic("roles", this::roles);
  }

  private void topic(String topic, Runnable look) {
    try {
      look.run();
    } catch (PermissionDeniedException e) {
      report.add(Level.UNSEEN, topic, "" + e.getMessage(), "permit it: docs/permissions.conf");
    } catch (TaskQueueException e) {
      report.add(Level.PROBLEM, topic, "" + e.getMessage(), "");
    }
  }

  private long deadline() {
    return session.deadlineNanos();
  }

  private void syncInterval(@Nullable URI monitoring, String stream) {
    if (monitoring == null) {
      report.add(
          Level.UNSEEN,
          "sync interval",
          "only the monitoring port of the server shows it",
          "pass the address of the port (jetlane doctor --monitoring URL); " + SYNC);
      return;
    }
    try {
      String seen =
          new MonitoringPort(monitoring, session.settings.requestTimeout()).syncInterval();
      StreamInfo info = api.streamInfo(stream, deadline());
      boolean copies = info != null && info.getConfiguration().getReplicas() > 1;
      boolean safe = copies || seen.equals(MonitoringPort.ALWAYS);
      report.add(safe ? Level.OK : Level.WARNING, "sync interval", seen, safe ? "" : SYNC);
    } catch (IOException e) {
      report.add(
          Level.UNSEEN,
          "sync interval",
          withoutUser(monitoring, "not readable from " + monitoring + ": " + e.getMessage()),
          "pass the address of the monitoring port; " + SYNC);
    }
  }

  /** Hides the user part of an address in a text, because it may contain a password. */
  private static String withoutUser(URI address, String text) {
    String user = address.getRawUserInfo();
    return user == null ? text : text.replace(user + "@", "***@");
  }

  private void limits() {
    AccountStatistics account =
        api.ask(
            "inspect the limits of the account",
            "INFO",
            deadline(),
            management -> management.getAccountStatistics());
    if (account == null) {
      return;
    }
    AccountLimits limits = account.getLimits();
    limit("storage in bytes", account.getStorage(), limits.getMaxStorage());
    limit("memory in bytes", account.getMemory(), limits.getMaxMemory());
    limit("streams", account.getStreams(), limits.getMaxStreams());
    limit("consumers", account.getConsumers(), limits.getMaxConsumers());
    long pending = limits.getMaxAckPending();
    smaller("max_ack_pending", pending, session.settings.queue().maxOutstanding());
    if (pending > 0) {
      report.add(
          Level.WARNING,
          "limit of max_ack_pending",
          "the account permits " + pending + ", which also limits the delayed tasks of a stream",
          "raise the limit if a stream has more delayed tasks: otherwise some become ready late");
    }
    long ofStream =
        terms.inMemory() ? limits.getMemoryMaxStreamBytes() : limits.getStorageMaxStreamBytes();
    smaller("bytes of a stream", ofStream, terms.maxBytes());
  }

  /**
   * Reports a limit that is smaller than a setting: the server then refuses the stream or consumer.
   */
  private void smaller(String what, long limit, long wanted) {
    if (limit > 0 && wanted > limit) {
      report.add(
          Level.PROBLEM,
          "limit of " + what,
          "the account permits " + limit + ", the settings require " + wanted,
          "raise the limit, or lower the setting: partitions cannot be created");
    }
  }

  private void limit(String what, long used, long max) {
    String seen = used + (max > 0 ? " of " + max : ", no limit");
    boolean full = max > 0 && used >= FULL * max;
    report.add(
        full ? Level.WARNING : Level.OK,
        "limit of " + what,
        seen,
        full ? "raise the limit of the account before pushes and partitions are refused" : "");
  }

  private void stream(int index, String stream) {
    Instant before = Instant.now();
    StreamInfo info = api.streamInfo(stream, deadline());
    Instant after = Instant.now();
    String topic = "stream " + stream;
    if (info == null) {
      missing(topic, session.settings.layout().subjects(index));
      return;
    }
    new Placement(info).report(api.serverInfo().getCluster(), report);
    if (index == 0) {
      clocks(info.getTimestamp(), before, after);
    }
    overlaps(topic, info);
    long consumers = info.getStreamState().getConsumerCount();
    boolean slow =
        consumers > ConsumerLoad.GOOD_FOR_A_STREAM
            && api.serverInfo().isSameOrNewerThanVersion("2.12.5");
    report.add(
        slow ? Level.WARNING : Level.OK,
        topic,
        consumers + " consumers",
        slow
            ? "since 2.12.5 each ack scans all of them: spread the queue (jetlane move-streams)"
            : "");
  }

  /**
   * Compares the clocks: if they agree, the server's time lies between the request and the answer.
   */
  private void clocks(@Nullable ZonedDateTime server, Instant before, Instant after) {
    if (server == null) {
      report.add(Level.UNSEEN, "clocks", "this server does not report its time", "");
      return;
    }
    Duration apart = apart(server.toInstant(), before, after);
    boolean wrong = apart.compareTo(CLOCKS) > 0;
    report.add(
        wrong ? Level.WARNING : Level.OK,
        "clocks",
        "the clocks of server and client differ by "
            + apart.toMillis()
            + " ms, or by up to a round trip more",
        wrong ? "synchronise them: ages and pauses are wrong by this time" : "");
  }

  static Duration apart(Instant server, Instant before, Instant after) {
    return server.isBefore(before)
        ? Duration.between(server, before)
        : server.isAfter(after) ? Duration.between(after, server) : Duration.ZERO;
  }

  private void missing(String topic, String subjects) {
    List<String> takers = takers(subjects);
    report.add(
        Level.PROBLEM,
        topic,
        takers.isEmpty() ? "does not exist" : "does not exist; its subjects are in " + takers,
        takers.isEmpty()
            ? "check the name of the stream, or open a partition to create it"
            : "check the name of the stream, or give this queue another subject prefix");
  }

  private void overlaps(String topic, StreamInfo info) {
    String own = info.getConfiguration().getName();
    for (String subjects : info.getConfiguration().getSubjects()) {
      for (String taker : takers(subjects)) {
        if (!taker.equals(own)) {
          report.add(
              Level.PROBLEM,
              topic,
              "stream " + taker + " also stores subjects of " + subjects,
              "each task is stored twice: give one of them another subject prefix");
        }
      }
    }
  }

  /** Returns the streams that store some of the subjects. */
  private List<String> takers(String subjects) {
    List<String> names =
        api.ask(
            "search for streams with the subjects " + subjects,
            "STREAM.NAMES",
            deadline(),
            management -> management.getStreamNames(subjects));
    return names == null ? List.of() : names;
  }

  private void consumers(int index, String stream) {
    if (api.streamInfo(stream, deadline()) == null) {
      return;
    }
    QueueLayout layout = session.settings.layout();
    int own = 0;
    for (ConsumerInfo info : api.consumers(stream, deadline())) {
      String filter = "" + info.getConsumerConfiguration().getFilterSubject();
      boolean delayed =
          info.getName().equals(PartitionAddress.DELAYED_CONSUMER)
              && filter.equals(layout.delayedSubjects(index));
      if (delayed) {
        continue;
      }
      if (!filter.equals(ofConsumer(info.getName()).subject)) {
        report.add(
            Level.PROBLEM,
            "consumer " + info.getName() + " of " + stream,
            "it consumes " + filter + " and does not belong to Jetlane",
            "its tasks reach no worker: find its owner, or delete it");
        continue;
      }
      own++;
      long most = info.getConsumerConfiguration().getMaxAckPending();
      if (most > 0 && info.getNumAckPending() >= most) {
        report.add(
            Level.PROBLEM,
            "partition " + info.getName(),
            info.getNumAckPending()
                + " of "
                + most
                + " outstanding tasks: no new task is handed out",
            "workers hang or do not settle, or maxOutstanding is too small");
      }
    }
    report.add(Level.OK, "consumers of " + stream, own + " of partitions", "");
  }

  private PartitionAddress ofConsumer(String name) {
    return session.settings.layout().ofConsumer(name);
  }

  private void deadStream(QueueLayout layout) {
    StreamInfo info = api.streamInfo(layout.deadStream(), deadline());
    if (info != null) {
      new Placement(info).report(api.serverInfo().getCluster(), report);
    }
  }

  private void partitions() {
    List<PartitionSummary> all = admin.partitions(deadline());
    report.add(Level.OK, "partitions", all.size() + " found", "");
    names = all.stream().map(PartitionSummary::name).toList();
    for (PartitionSummary each : all) {
      topic("partition " + each.name(), () -> partition(each));
    }
  }

  private void partition(PartitionSummary summary) {
    String topic = "partition " + summary.name();
    Stats stats = summary.stats();
    summary
        .pausedFor()
        .ifPresent(
            left ->
                report.add(
                    Level.WARNING,
                    topic,
                    "paused for " + left,
                    "jetlane resume " + summary.name()));
    if (stats.ready() > 0
        && stats.outstanding() == 0
        && summary.waitingPulls() == 0
        && summary.pausedFor().isEmpty()) {
      report.add(
          Level.PROBLEM,
          topic,
          stats.ready() + " tasks are ready, none is outstanding, and no pull waits",
          "start a worker, or check why none pulls");
    }
    if (stats.redelivered() > 0) {
      report.add(
          Level.WARNING,
          topic,
          stats.redelivered() + " outstanding tasks were delivered more than once",
          "handlers fail or exceed the lease; after "
              + session.settings.queue().maxDeliveries()
              + " deliveries a task becomes a dead letter (see jetlane doctor --listen 30s)");
    }
    if (stats.dead() > 0) {
      report.add(
          Level.WARNING,
          topic,
          stats.dead() + " dead letters: " + reasons(summary.name()),
          "jetlane dead list " + summary.name());
    }
    settings(summary.name(), topic);
  }

  private void roles() {
    try {
      UserRights rights = UserRights.read(api.userInfo(deadline()));
      new RoleFindings(rights, session.settings.layout(), names).report(report);
    } catch (JsonParseException | QueueUnavailableException e) {
      report.add(Level.UNSEEN, "roles", "" + e.getMessage(), "servers from 2.10 on show them");
    }
  }

  /** Returns the most frequent reasons of the oldest letters. */
  private String reasons(String partition) {
    PartitionAdminDriver found = admin.partitionAdmin(partition, deadline());
    Map<String, Integer> counts = new TreeMap<>();
    if (found != null) {
      DeadLetterQuery query = DeadLetterQuery.defaults().withMax(LETTERS);
      try {
        for (DeadLetter letter : found.deadLetters().page(query, deadline()).items()) {
          counts.merge(letter.reason(), 1, Integer::sum);
        }
      } catch (QueueUnavailableException e) {
        // Many letters can take longer than the request timeout, which is no defect of the queue.
        return "reasons not read: " + e.getMessage();
      }
    }
    return counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(3)
        .map(each -> each.getValue() + " x " + each.getKey())
        .collect(Collectors.joining(", "));
  }

  private void settings(String partition, String topic) {
    try {
      var unused =
          new Provisioner(session, terms)
              .provision(session.settings.layout().addresses(partition), deadline());
      report.add(Level.OK, topic, "settings are as configured", "");
    } catch (PermissionDeniedException e) {
      throw e;
    } catch (TaskQueueException e) {
      report.add(
          Level.WARNING,
          topic,
          "" + e.getMessage(),
          "pass the settings of the application to the doctor, or change one of the two");
    }
  }
}
