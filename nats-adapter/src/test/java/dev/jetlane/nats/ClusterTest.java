// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsCluster;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ClusterInfo;
import io.nats.client.api.Placement;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Three servers with replicated streams. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class ClusterTest {

  private static final int TASKS = 50;

  @Test
  void replicasSurviveTheLossOfTheLeader() throws Exception {
    try (NatsCluster cluster = NatsCluster.start(3);
        Connection look = Jnats.connect(String.join(",", cluster.urls()))) {
      NatsOptions one = options(cluster);
      NatsOptions three = one.withReplicas(3);
      try (TaskQueue queue = NatsQueues.connect(one)) {
        awaitPartition(queue);
        assertThat(replicas(look, one)).isEqualTo(1);
        assertThat(found(one, Finding.Level.WARNING))
            .anyMatch(seen -> seen.matches("1 replica on n[0-2] in cluster jetlane"));
        placed(look);
      }
      try (TaskQueue queue = NatsQueues.connect(three)) {
        assertThatThrownBy(() -> queue.partition("p"))
            .isInstanceOf(ConfigDriftException.class)
            .hasMessageContaining("replicas: wanted 3, is 1");
      }
      NatsOptions update = three.withDriftPolicy(NatsOptions.DriftPolicy.UPDATE);
      try (TaskQueue queue = NatsQueues.connect(update)) {
        Partition partition = awaitPartition(queue);
        assertThat(replicas(look, three)).isEqualTo(3);
        Set<String> ids = new HashSet<>();
        for (Task task : TestQueues.tasks(TASKS)) {
          TestQueues.pushed(partition, task);
          ids.add(task.id());
        }
        TestQueues.await("copies", () -> isWhole(look, three));
        assertThat(found(three, Finding.Level.OK))
            .anyMatch(
                seen ->
                    seen.matches("3 replicas on n[0-2] \\(leader\\), n.*, n. in cluster jetlane"));
        cluster.server(leader(look, three)).kill();
        assertThat(settleAll(partition, ids)).isEmpty();
        TestQueues.await(
            "a finding",
            () ->
                found(three, Finding.Level.PROBLEM).stream()
                    .anyMatch(
                        seen -> seen.matches("3 replicas on .*, not up to date: \\[n[0-2]]")));
      }
    }
  }

  /** A server stores the streams of its clients in its own cluster. */
  @Test
  void aStreamInAnotherClusterIsAWarning() throws Exception {
    try (NatsCluster joined = NatsCluster.startJoined(2)) {
      NatsOptions there =
          TestQueues.options(joined.servers().get(1)).withRequestTimeout(Duration.ofSeconds(5));
      NatsOptions here = there.withUrl(joined.urls().get(0));
      try (TaskQueue inC1 = NatsQueues.connect(there);
          TaskQueue inC0 = NatsQueues.connect(here)) {
        awaitPartition(inC1);
        TestQueues.await(
            "the stream, seen from its cluster",
            () -> found(there, Finding.Level.WARNING).contains("1 replica on n1 in cluster c1"));
        TestQueues.await(
            "the stream, seen from the other cluster",
            () ->
                found(here, Finding.Level.WARNING)
                    .contains("1 replica on n1 in cluster c1, but this client is connected to c0"));
        TestQueues.pushed(awaitPartition(inC0), TestQueues.tasks(1).get(0));
        assertThat(settleAll(inC0.partition("p"), Set.of("task-0"))).isEmpty();
      }
    }
  }

  /** Streams with a placement by the administrator. */
  private static void placed(Connection look) throws Exception {
    StreamConfiguration.Builder two = StreamConfiguration.builder().name("two").replicas(2);
    look.jetStreamManagement().addStream(two.subjects("two.>").build());
    NatsOptions options = NatsOptions.defaults().withUrl(look.getConnectedUrl());
    assertThat(found(options.withStream("two").withSubjectPrefix("two"), Finding.Level.WARNING))
        .anyMatch(seen -> seen.matches("2 replicas on n[0-2] \\(leader\\), n[0-2]"));
    Placement tagged = Placement.builder().tags("tag-n1").build();
    StreamConfiguration.Builder one = StreamConfiguration.builder().name("one").placement(tagged);
    look.jetStreamManagement().addStream(one.subjects("one.>").build());
    assertThat(found(options.withStream("one").withSubjectPrefix("one"), Finding.Level.WARNING))
        .contains("1 replica on n1, tag tag-n1 in cluster jetlane");
  }

  private static List<String> found(NatsOptions options, Finding.Level level) {
    return NatsQueues.examine(options).stream()
        .filter(finding -> finding.level() == level)
        .map(Finding::evidence)
        .toList();
  }

  private static NatsOptions options(NatsCluster cluster) {
    return TestQueues.options(cluster.servers().get(0))
        .withUrl(String.join(",", cluster.urls()))
        .withRequestTimeout(Duration.ofSeconds(5));
  }

  /** A new cluster refuses streams until it has a leader. */
  private static Partition awaitPartition(TaskQueue queue) {
    TestQueues.await("a cluster", () -> opens(queue));
    return queue.partition("p");
  }

  private static boolean opens(TaskQueue queue) {
    try {
      var unused = queue.partition("p");
      return true;
    } catch (ConfigDriftException e) {
      throw e;
    } catch (TaskQueueException e) {
      return false;
    }
  }

  /** Acks deliveries until all of these tasks were delivered; returns the missing tasks. */
  private static Set<String> settleAll(Partition partition, Set<String> ids) throws Exception {
    Set<String> missing = new HashSet<>(ids);
    long until = System.nanoTime() + TestQueues.SOON.toNanos();
    while (!missing.isEmpty() && System.nanoTime() - until < 0) {
      try (Puller puller = partition.puller()) {
        for (Delivery delivery : puller.pull(TASKS, Duration.ofSeconds(1))) {
          if (TestQueues.ack(delivery) == Settlement.SETTLED) {
            missing.remove(delivery.taskId());
          }
        }
      } catch (QueueUnavailableException e) {
        // The cluster has no leader yet.
      }
    }
    return missing;
  }

  private static int replicas(Connection look, NatsOptions options) throws Exception {
    return look.jetStreamManagement()
        .getStreamInfo(options.stream())
        .getConfiguration()
        .getReplicas();
  }

  private static String leader(Connection look, NatsOptions options) throws Exception {
    ClusterInfo info = look.jetStreamManagement().getStreamInfo(options.stream()).getClusterInfo();
    return Objects.requireNonNull(info).getLeader();
  }

  /**
   * Waits until each replica has the whole stream and the consumer, which follows a little later.
   * No queue promises to survive the loss of two of three.
   */
  private static boolean isWhole(Connection look, NatsOptions options) {
    try {
      JetStreamManagement management = look.jetStreamManagement();
      return isWhole(management.getStreamInfo(options.stream()).getClusterInfo())
          && isWhole(management.getConsumerInfo(options.stream(), "p").getClusterInfo());
    } catch (IOException | JetStreamApiException e) {
      return false;
    }
  }

  private static boolean isWhole(@Nullable ClusterInfo cluster) {
    return cluster != null
        && cluster.getLeader() != null
        && cluster.getReplicas() != null
        && cluster.getReplicas().size() == 2
        && cluster.getReplicas().stream().allMatch(copy -> copy.isCurrent() && !copy.isOffline());
  }
}
