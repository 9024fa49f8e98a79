// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import dev.jetlane.nats.layout.PartitionAddress;
import io.nats.client.api.ServerInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Warns of streams with more partitions than their server handles well. From 2.12.5 on each ack of
 * a WorkQueue stream visits all its consumers ({@code stream.ackMsg}, {@code noInterest}): measured
 * on 2.15.1, 64 consumers halve the throughput and 512 leave a tenth of it.
 */
public final class ConsumerLoad {

  /** This many partitions cost a few percent; each further one costs more. */
  public static final int GOOD_FOR_A_STREAM = 16;

  private static final String SINCE = "2.12.5";

  private final boolean matters;
  private final Consumer<String> warn;
  private final Map<String, Set<String>> opened = new ConcurrentHashMap<>();
  private final Map<String, Long> counted = new ConcurrentHashMap<>();
  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  /**
   * @param warn receives a warning for each stream, once
   */
  public ConsumerLoad(ServerInfo server, Consumer<String> warn) {
    this.warn = warn;
    matters = server.isSameOrNewerThanVersion(SINCE);
  }

  public void opened(PartitionAddress address) {
    opened
        .computeIfAbsent(address.stream, stream -> ConcurrentHashMap.newKeySet())
        .add(address.consumer);
    look(address.stream);
  }

  /** Records the number of consumers of a stream. */
  public void counted(String stream, long consumers) {
    counted.put(stream, consumers);
    look(stream);
  }

  public List<String> warnings() {
    List<String> all = new ArrayList<>();
    if (matters) {
      for (String stream : new TreeMap<>(opened).keySet()) {
        if (consumers(stream) > GOOD_FOR_A_STREAM) {
          all.add(warning(stream));
        }
      }
    }
    return all;
  }

  private void look(String stream) {
    if (matters && consumers(stream) > GOOD_FOR_A_STREAM && logged.add(stream)) {
      warn.accept(warning(stream));
    }
  }

  private long consumers(String stream) {
    return Math.max(counted.getOrDefault(stream, 0L), opened.getOrDefault(stream, Set.of()).size());
  }

  private String warning(String stream) {
    return "stream "
        + stream
        + " has "
        + consumers(stream)
        + " partitions; the server becomes slower with each one above "
        + GOOD_FOR_A_STREAM
        + " a stream: spread them over more streams (NatsOptions.withStreams)";
  }
}
