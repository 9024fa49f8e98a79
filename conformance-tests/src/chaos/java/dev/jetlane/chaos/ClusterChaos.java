// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.NatsCluster;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.ClusterInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Three servers, three replicas; the leader of the stream is killed repeatedly. */
class ClusterChaos {

  private static final int SERVERS = 3;
  private static final int KILLS = 20;
  private static final int KILLS_IN_CI = 3;
  private static final int GAP_MILLIS = 2_000;
  private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(3);

  @Test
  void nothingIsLostWhenLeadersDie() throws Exception {
    Settings settings = Settings.read().withReplicas(SERVERS);
    int kills =
        Integer.parseInt(
            Settings.property("kills", Integer.toString(settings.isCi() ? KILLS_IN_CI : KILLS)));
    Path folder = RunFolder.create("cluster", settings);
    try (NatsCluster cluster = NatsCluster.start(SERVERS)) {
      String urls = String.join(",", cluster.urls());
      try (Connection look = ChaosQueues.look(urls);
          History history = new History(Crowd.historyFile(folder));
          Crowd crowd = new Crowd(settings, connect(urls), look, history);
          Workers workers = new Workers(settings, urls, folder)) {
        long slowestMillis = 0;
        for (int i = 0; i < kills; i++) {
          awaitWhole(look);
          Pause.millis(GAP_MILLIS);
          long since = History.now();
          String leader = awaitLeader(look, "");
          NatsServer server = cluster.server(leader);
          server.kill();
          awaitLeader(look, leader);
          slowestMillis = Math.max(slowestMillis, (History.now() - since) / 1_000);
          server.restart();
          history.write(Event.Kind.FAULT, Fault.LEADER_KILL.name(), 0, since, Event.Outcome.NONE);
        }
        Remains left = crowd.drain();
        int badEnds = workers.stop();

        Report report =
            new Report("three servers, R3", settings, cluster.servers().get(0).version());
        report.judge(Run.read(folder), left);
        report.row("slowest new leader", slowestMillis + " ms");
        report.require(crowd.pushesAgain(), "the producers cannot push any more");
        report.require(badEnds == 0, badEnds + " workers did not end cleanly");
        report.finish(folder, cluster.servers().stream().map(NatsServer::store).toList());
      }
    }
  }

  /** A new cluster refuses streams until it has a leader. */
  private static TaskQueue connect(String urls) throws InterruptedException {
    TaskQueue queue = ChaosQueues.connect(urls, SERVERS);
    long untilNanos = System.nanoTime() + LIMIT_NANOS;
    while (true) {
      try {
        var unused = queue.partition(ChaosQueues.partition(0));
        return queue;
      } catch (TaskQueueException e) {
        assertThat(System.nanoTime() - untilNanos).as("time to form a cluster: %s", e).isNegative();
        Pause.millis(200);
      }
    }
  }

  /** Returns the stream's leader when it is another server than this one. */
  private static String awaitLeader(Connection look, String not) throws InterruptedException {
    long untilNanos = System.nanoTime() + LIMIT_NANOS;
    while (true) {
      ClusterInfo cluster = cluster(look);
      String leader = cluster == null ? null : cluster.getLeader();
      if (leader != null && !leader.isEmpty() && !leader.equals(not)) {
        return leader;
      }
      assertThat(System.nanoTime() - untilNanos).as("time to find a leader").isNegative();
      Pause.millis(50);
    }
  }

  /**
   * Waits until every replica has all tasks. No queue promises to survive the loss of two of three.
   */
  private static void awaitWhole(Connection look) throws InterruptedException {
    long untilNanos = System.nanoTime() + LIMIT_NANOS;
    while (true) {
      ClusterInfo cluster = cluster(look);
      boolean whole =
          cluster != null
              && cluster.getReplicas() != null
              && cluster.getReplicas().size() == SERVERS - 1
              && cluster.getReplicas().stream()
                  .allMatch(replica -> replica.isCurrent() && !replica.isOffline());
      if (whole) {
        return;
      }
      assertThat(System.nanoTime() - untilNanos).as("time to catch up").isNegative();
      Pause.millis(100);
    }
  }

  private static @Nullable ClusterInfo cluster(Connection look) {
    try {
      return look.jetStreamManagement().getStreamInfo(ChaosQueues.stream()).getClusterInfo();
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      return null;
    }
  }
}
