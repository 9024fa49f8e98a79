// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsCluster;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.ClusterInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Measures how long pullers, a worker and the health take to recover after a repair. It prints a
 * table and has no limit, because a slow machine would exceed it. CHAOS.md has the command and its
 * results.
 */
class HealTimes {

  private static final int ROUNDS = Integer.getInteger("jetlane.heal.rounds", 5);
  private static final long DOWN_MILLIS = 3_000;

  /** Longer than a client takes to notice a half-open connection. */
  private static final long SILENT_MILLIS = 40_000;

  private static final String STREAM = "heal";
  private static final char[] PASSWORD = "s3cr3t".toCharArray();
  private static final String ALL = "\">\"";
  private static final String LESS = "\"$JS.ACK.>\", \"heal.>\", \"$JS.API.CONSUMER.INFO.>\"";

  private static final Map<String, Map<String, Long>> SLOWEST = new LinkedHashMap<>();

  /** The objects that a case may break. */
  private record Place(
      NatsServer server, FaultProxy proxy, JetStreamManagement management, HealWatch watch) {}

  /** Breaks a part and repairs it. */
  @FunctionalInterface
  private interface Case {
    /** Returns after the repair. */
    long run(Place place) throws Exception;
  }

  @AfterAll
  static void print() {
    StringBuilder table = new StringBuilder("| slowest of ").append(ROUNDS).append(", ms |");
    HealWatch.PARTITIONS.forEach(name -> table.append(' ').append(name).append(" |"));
    table.append(" health |\n| --- | --- | --- | --- | --- |\n");
    SLOWEST.forEach(
        (name, millis) -> {
          table.append("| ").append(name).append(" |");
          millis.values().forEach(value -> table.append(' ').append(value).append(" |"));
          table.append('\n');
        });
    System.out.println(table);
  }

  @Test
  void serverRestart() throws Exception {
    measure(
        "server killed and started",
        place -> {
          place.server.kill();
          Pause.millis(DOWN_MILLIS);
          place.server.restart();
          return System.nanoTime();
        });
  }

  @Test
  void connectionCut() throws Exception {
    measure(
        "connection cut (RST)",
        place -> {
          place.proxy.reset();
          return System.nanoTime();
        });
  }

  @Test
  void connectionRefused() throws Exception {
    measure(
        "connection cut, none accepted for 3 s",
        place -> {
          place.proxy.refuse(true);
          place.proxy.reset();
          Pause.millis(DOWN_MILLIS);
          place.proxy.heal();
          return System.nanoTime();
        });
  }

  @Test
  void halfOpen() throws Exception {
    measure(
        "half open for 40 s",
        place -> {
          place.proxy.blackHole(true);
          Pause.millis(SILENT_MILLIS);
          place.proxy.heal();
          return System.nanoTime();
        });
  }

  @Test
  void consumerDeleted() throws Exception {
    measure(
        "consumers deleted, partitions opened again",
        place -> {
          for (String consumer : place.management.getConsumerNames(STREAM)) {
            if (!consumer.startsWith("@")) {
              place.management.deleteConsumer(STREAM, consumer);
            }
          }
          Pause.millis(DOWN_MILLIS);
          place.watch.openAgain();
          return System.nanoTime();
        });
  }

  @Test
  void streamDeleted() throws Exception {
    measure(
        "stream deleted, partitions opened again",
        place -> {
          place.management.deleteStream(STREAM);
          Pause.millis(DOWN_MILLIS);
          place.watch.openAgain();
          return System.nanoTime();
        });
  }

  @Test
  void jetStreamDown() throws Exception {
    measure(
        "JetStream disabled for the account",
        place -> {
          place.server.reload(config("disabled", ALL));
          HealWatch.await("JetStream down", () -> !isThere(place.management));
          Pause.millis(DOWN_MILLIS);
          place.server.reload(config("enabled", ALL));
          HealWatch.await("JetStream up", () -> isThere(place.management));
          return System.nanoTime();
        });
  }

  @Test
  void permissionsRevoked() throws Exception {
    measure(
        "permission to pull revoked",
        place -> {
          place.server.reload(config("enabled", LESS));
          Pause.millis(DOWN_MILLIS);
          place.server.reload(config("enabled", ALL));
          return System.nanoTime();
        });
  }

  @Test
  void leaderKilled() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(3)) {
      String urls = String.join(",", cluster.urls());
      NatsOptions options = options(urls).withReplicas(3);
      try (Connection look = ChaosQueues.look(urls);
          HealWatch watch = new HealWatch(patient(options), patient(options))) {
        for (int i = 0; i < ROUNDS; i++) {
          String leader = awaitLeader(look, "");
          NatsServer killed = cluster.server(leader);
          killed.kill();
          awaitLeader(look, leader);
          note("leader of three killed", watch.millisSince(System.nanoTime()));
          killed.restart();
          HealWatch.await("all three", () -> isWhole(look));
        }
      }
    }
  }

  private static void measure(String name, Case test) throws Exception {
    try (NatsServer server =
            NatsServer.start(NatsConfig.defaults().withText(config("enabled", ALL)));
        FaultProxy proxy = FaultProxy.to(server.url(), 1);
        Connection admin = admin(server);
        HealWatch watch =
            new HealWatch(
                NatsQueues.connect(
                    options(proxy.url()).withUser("worker", PASSWORD).withInboxPrefix("_IN")),
                NatsQueues.connect(options(server.url()).withUser("admin", PASSWORD)))) {
      Place place = new Place(server, proxy, admin.jetStreamManagement(), watch);
      for (int i = 0; i < ROUNDS; i++) {
        note(name, watch.millisSince(test.run(place)));
      }
    }
  }

  private static synchronized void note(String name, Map<String, Long> millis) {
    Map<String, Long> slowest = SLOWEST.computeIfAbsent(name, absent -> new LinkedHashMap<>());
    millis.forEach((who, value) -> slowest.merge(who, value, Math::max));
    System.out.println(name + ": " + new TreeMap<>(millis));
  }

  private static NatsOptions options(String url) {
    return NatsOptions.defaults()
        .withUrl(url)
        .withStream(STREAM)
        .withSubjectPrefix(STREAM)
        .withRequestTimeout(ChaosQueues.REQUEST_TIMEOUT)
        .withQueue(QueueConfig.defaults().withLease(Duration.ofSeconds(30)));
  }

  private static String config(String jetStream, String publish) {
    return "accounts { A: { jetstream: "
        + jetStream
        + ", users: [ { user: admin, password: s3cr3t }, { user: worker, password: s3cr3t,"
        + " permissions: { publish: ["
        + publish
        + "], subscribe: [\"_IN.>\"] } } ] } }\n";
  }

  private static Connection admin(NatsServer server) throws IOException, InterruptedException {
    return Nats.connect(
        Options.builder()
            .server(server.url())
            .userInfo("admin".toCharArray(), PASSWORD)
            .maxReconnects(-1)
            .build());
  }

  /** A new cluster refuses streams until it has a leader. */
  private static TaskQueue patient(NatsOptions options) throws InterruptedException {
    TaskQueue queue = NatsQueues.connect(options);
    HealWatch.await(
        "a cluster",
        () -> {
          try {
            var unused = queue.partition(HealWatch.PARTITIONS.get(0));
            return true;
          } catch (TaskQueueException e) {
            return false;
          }
        });
    return queue;
  }

  private static boolean isThere(JetStreamManagement management) {
    try {
      return management.getStreamInfo(STREAM).getStreamState() != null;
    } catch (IOException | JetStreamApiException e) {
      return false;
    }
  }

  private static String awaitLeader(Connection look, String not) throws InterruptedException {
    String[] leader = {""};
    HealWatch.await(
        "a leader",
        () -> {
          ClusterInfo cluster = cluster(look);
          String name = cluster == null ? null : cluster.getLeader();
          leader[0] = name == null || name.equals(not) ? "" : name;
          return !leader[0].isEmpty();
        });
    return leader[0];
  }

  private static boolean isWhole(Connection look) {
    ClusterInfo cluster = cluster(look);
    return cluster != null
        && cluster.getReplicas() != null
        && cluster.getReplicas().size() == 2
        && cluster.getReplicas().stream().allMatch(each -> each.isCurrent() && !each.isOffline());
  }

  private static @Nullable ClusterInfo cluster(Connection look) {
    try {
      return look.jetStreamManagement().getStreamInfo(STREAM).getClusterInfo();
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      return null;
    }
  }
}
