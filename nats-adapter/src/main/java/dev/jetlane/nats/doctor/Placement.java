// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.nats.doctor.Examination.Level;
import dev.jetlane.nats.doctor.Examination.Report;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.Replica;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The servers that have a stream: their number, their state, and their cluster. */
final class Placement {

  /** A stream with two replicas needs both for a majority. */
  private static final int USELESS = 2;

  private final StreamInfo stream;
  private final int replicas;
  private final @Nullable ClusterInfo cluster;

  Placement(StreamInfo stream) {
    this.stream = stream;
    replicas = stream.getConfiguration().getReplicas();
    cluster = stream.getClusterInfo();
  }

  /**
   * Reports it in one line.
   *
   * @param connected the cluster of the server that this client uses; null if it is in none
   */
  void report(@Nullable String connected, Report report) {
    String topic = "stream " + stream.getConfiguration().getName();
    List<Replica> away = others().stream().filter(Placement::isAway).toList();
    String home = cluster == null ? null : cluster.getName();
    if (!away.isEmpty()) {
      List<String> names = away.stream().map(Replica::getName).toList();
      String advice = "start or repair these servers: the stream stops without a majority";
      report.add(Level.PROBLEM, topic, this + ", not up to date: " + names, advice);
    } else if (connected != null && home != null && !home.equals(connected)) {
      String advice = "connect to a server of that cluster, or move the stream";
      String seen = this + " in cluster " + home + ", but this client is connected to " + connected;
      report.add(Level.WARNING, topic, seen, advice);
    } else if (replicas == 1 && connected != null) {
      String advice = "with 3 replicas the queue survives the loss of a server";
      report.add(Level.WARNING, topic, this + " in cluster " + home, advice);
    } else if (replicas == USELESS) {
      String advice = "use 3 replicas: with 2 the loss of either one stops the stream";
      report.add(Level.WARNING, topic, "" + this, advice);
    } else {
      report.add(Level.OK, topic, this + (home == null ? "" : " in cluster " + home), "");
    }
  }

  private static boolean isAway(Replica replica) {
    return replica.isOffline() || !replica.isCurrent();
  }

  private List<Replica> others() {
    List<Replica> others = cluster == null ? null : cluster.getReplicas();
    return others == null ? List.of() : others;
  }

  /** Returns a text such as {@code 3 replicas on n1 (leader), n0, n2, with the tags [ssd]}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(replicas == 1 ? "1 replica" : replicas + " replicas");
    List<String> servers = new ArrayList<>();
    if (cluster != null && cluster.getLeader() != null) {
      servers.add(cluster.getLeader() + (replicas == 1 ? "" : " (leader)"));
    }
    others().stream().map(Replica::getName).sorted().forEach(servers::add);
    if (!servers.isEmpty()) {
      text.append(" on ").append(String.join(", ", servers));
    }
    tags(stream.getConfiguration()).forEach(tag -> text.append(", tag ").append(tag));
    return text.toString();
  }

  private static List<String> tags(StreamConfiguration configuration) {
    io.nats.client.api.Placement wanted = configuration.getPlacement();
    List<String> tags = wanted == null ? null : wanted.getTags();
    return Objects.requireNonNullElse(tags, List.of());
  }
}
