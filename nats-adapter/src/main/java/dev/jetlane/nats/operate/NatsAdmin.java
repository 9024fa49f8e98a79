// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.Limits;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.request.JetStreamApi;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.ConsumerInfo;
import io.nats.client.api.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The view of an operator on a queue. It reads the numbers of streams and priorities from the marks
 * on the server, not from the settings of this client.
 */
public final class NatsAdmin implements AdminDriver {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern DOT = Pattern.compile("\\.");
  private static final String LATER = "@later";
  private static final String PRIORITY = "@priority";

  private final Session session;
  private final JetStreamApi api;

  /** Sends no request. */
  public NatsAdmin(Session session) {
    this.session = session;
    api = session.api;
  }

  @Override
  public List<PartitionSummary> partitions(long deadlineNanos) {
    return counts(layout(deadlineNanos), null, deadlineNanos).values().stream()
        .map(PartitionCounts::summary)
        .toList();
  }

  @Override
  public @Nullable PartitionAdminDriver partitionAdmin(String name, long deadlineNanos) {
    QueueLayout layout = layout(deadlineNanos);
    PartitionCounts counts = counts(layout, name, deadlineNanos).get(name);
    return counts == null
        ? null
        : new NatsPartitionAdmin(session, this, withPriorities(layout, counts.priorities()), name);
  }

  /**
   * Returns how many priorities a partition has; 0 if it does not exist. Counts tasks only if its
   * consumer is missing.
   */
  int priorities(String name, long deadlineNanos) {
    PartitionAddress address = layout(deadlineNanos).address(name);
    ConsumerInfo info = api.consumerInfo(address.stream, address.consumer, deadlineNanos);
    if (info != null && isOf(address, info)) {
      return StreamMarks.priorities(info.getConsumerConfiguration().getDescription());
    }
    PartitionCounts counts = counts(name, deadlineNanos);
    return counts == null ? 0 : counts.priorities();
  }

  /** Returns the counts of one partition; null if it does not exist. */
  @Nullable PartitionCounts counts(String name, long deadlineNanos) {
    return counts(layout(deadlineNanos), name, deadlineNanos).get(name);
  }

  private static QueueLayout withPriorities(QueueLayout of, int priorities) {
    return of.withPriorities(priorities);
  }

  /**
   * Returns the layout of the queue on the server.
   *
   * @throws QueueRejectedException if it is being moved to another number of streams
   */
  private QueueLayout layout(long deadlineNanos) {
    QueueLayout wanted = withPriorities(session.settings.layout(), Limits.MAX_PRIORITIES);
    StreamInfo found = api.streamInfo(wanted.stream(), deadlineNanos);
    if (found == null) {
      return wanted.withStreams(1);
    }
    int streams = StreamMarks.streams(found.getConfiguration().getDescription());
    if (streams == StreamMarks.MOVING) {
      throw new QueueRejectedException(
          "the queue " + wanted.stream() + " is being moved to more streams: finish the move first",
          null);
    }
    return wanted.withStreams(streams);
  }

  /**
   * Returns the counts by partition.
   *
   * @param only the partition to count; null for all
   */
  private Map<String, PartitionCounts> counts(
      QueueLayout layout, @Nullable String only, long deadlineNanos) {
    Map<String, PartitionCounts> all = new TreeMap<>();
    List<Integer> indexes = new ArrayList<>();
    for (int index = 0; index < layout.streams(); index++) {
      if (only == null || layout.address(only).index == index) {
        indexes.add(index);
      }
    }
    for (int index : indexes) {
      addStored(layout, index, only, all, deadlineNanos);
      if (only == null) {
        for (ConsumerInfo info : consumers(layout.streamName(index), deadlineNanos)) {
          addConsumer(layout.ofConsumer(info.getName()), info, all);
        }
      } else {
        for (PartitionAddress address : layout.addresses(only)) {
          ConsumerInfo info = api.consumerInfo(address.stream, address.consumer, deadlineNanos);
          if (info == null) {
            break;
          }
          addConsumer(address, info, all);
        }
      }
    }
    String subjects = only == null ? layout.deadSubjects() : layout.address(only).deadSubjects();
    String prefix = layout.deadSubjects().substring(0, layout.deadSubjects().length() - 1);
    api.subjects(layout.deadStream(), subjects, deadlineNanos)
        .forEach((subject, count) -> of(subject, prefix, all).addDead(count));
    all.keySet().removeIf(name -> !NAME.matcher(name).matches());
    return all;
  }

  private List<ConsumerInfo> consumers(String stream, long deadlineNanos) {
    return api.streamInfo(stream, deadlineNanos) == null
        ? List.of()
        : api.consumers(stream, deadlineNanos);
  }

  /** Adds a consumer if it belongs to a partition. */
  private static void addConsumer(
      PartitionAddress address, ConsumerInfo info, Map<String, PartitionCounts> all) {
    if (isOf(address, info)) {
      all.computeIfAbsent(address.partition, PartitionCounts::new).add(address, info);
    }
  }

  private static boolean isOf(PartitionAddress address, ConsumerInfo info) {
    return address.subject.equals(info.getConsumerConfiguration().getFilterSubject());
  }

  private void addStored(
      QueueLayout layout,
      int index,
      @Nullable String only,
      Map<String, PartitionCounts> all,
      long deadlineNanos) {
    String prefix = layout.prefix(index);
    // A task that becomes due is stored as ready before it is removed as delayed. The delayed tasks
    // are counted first, so a task that moves between the two requests is counted at least once.
    List<String> filters =
        only == null
            ? List.of(layout.subjects(index))
            : List.of(prefix + only + ".>", prefix + only);
    for (String filter : filters) {
      api.subjects(layout.streamName(index), filter, deadlineNanos)
          .forEach((subject, count) -> addStored(subject, prefix, count, all));
    }
  }

  private static void addStored(
      String subject, String prefix, long count, Map<String, PartitionCounts> all) {
    String[] tokens = DOT.split(subject.substring(prefix.length()), -1);
    if (tokens.length == 1 || (tokens.length == 3 && tokens[1].equals(PRIORITY))) {
      of(subject, prefix, all).addStored(count);
    } else if (tokens.length == 3 && tokens[1].equals(LATER)) {
      of(subject, prefix, all).addDelayed(count);
    }
  }

  private static PartitionCounts of(
      String subject, String prefix, Map<String, PartitionCounts> all) {
    String rest = subject.substring(prefix.length());
    int end = rest.indexOf('.');
    return all.computeIfAbsent(end < 0 ? rest : rest.substring(0, end), PartitionCounts::new);
  }
}
