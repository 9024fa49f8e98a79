// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several deployments on one server. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(180)
class SubjectOverlapTest {

  private static final int ROUNDS = 20;
  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @Test
  void deploymentsWithTheirOwnStreamAndPrefixAreIndependent() throws Exception {
    NatsOptions a = TestQueues.options(server);
    NatsOptions b = TestQueues.options(server).withStreams(3);
    try (TaskQueue one = NatsQueues.connect(a);
        TaskQueue two = NatsQueues.connect(b)) {
      one.partition("p").push(Task.of("same-id", ""));
      assertThat(two.partition("p").push(Task.of("same-id", "")).duplicate()).isFalse();
      TestQueues.awaitReady(one.partition("p"), 1);
      TestQueues.awaitReady(two.partition("p"), 1);
    }
  }

  @Test
  void onePrefixOnTwoStreamsIsRefusedAndNamesTheOther() {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue one = NatsQueues.connect(options)) {
      one.partition("p");
      for (NatsOptions clash :
          List.of(
              options.withStream(options.stream() + "-x"),
              options.withStream(options.stream() + "-y").withStreams(4),
              options
                  .withStream(options.stream() + "-z")
                  .withSubjectPrefix(options.subjectPrefix() + ".inner"))) {
        try (TaskQueue two = NatsQueues.connect(clash)) {
          assertThatThrownBy(() -> two.partition("p"))
              .isInstanceOf(ConfigDriftException.class)
              .hasMessageContainingAll(
                  "overlap", "stream " + options.stream() + ".", clash.stream(), "its own stream");
        }
      }
    }
  }

  @Test
  void oneStreamWithTwoPrefixesIsRefused() {
    NatsOptions options = TestQueues.options(server);
    try (TaskQueue one = NatsQueues.connect(options);
        TaskQueue two = NatsQueues.connect(options.withSubjectPrefix("elsewhere"))) {
      one.partition("p");
      assertThatThrownBy(() -> two.partition("p"))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContainingAll("subjects", "elsewhere.>", options.subjectPrefix() + ".>");
    }
  }

  /** Servers from 2.10 on create both: measured in 7 and 16 of 20 tries. */
  @Test
  void ofTwoConcurrentlyCreatedStreamsOneRemains() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Connection nc = Jnats.connect(server.url())) {
      for (int i = 0; i < ROUNDS; i++) {
        NatsOptions options = TestQueues.options(server);
        CyclicBarrier barrier = new CyclicBarrier(2);
        List<Callable<Partition>> both = new ArrayList<>();
        try (TaskQueue a = NatsQueues.connect(options.withStream(options.stream() + "-a"));
            TaskQueue b = NatsQueues.connect(options.withStream(options.stream() + "-b"))) {
          for (TaskQueue queue : List.of(a, b)) {
            both.add(
                () -> {
                  barrier.await(30, TimeUnit.SECONDS);
                  return queue.partition("p");
                });
          }
          List<Partition> opened = new ArrayList<>();
          for (Future<Partition> future : pool.invokeAll(both)) {
            try {
              opened.add(future.get());
            } catch (ExecutionException e) {
              assertThat(e.getCause())
                  .isInstanceOf(ConfigDriftException.class)
                  .hasMessageContaining("overlap");
            }
          }
          assertThat(opened).hasSize(1);
          opened.get(0).push(Task.of("once", ""));
          TestQueues.awaitReady(opened.get(0), 1);
        }
        assertThat(nc.jetStreamManagement().getStreamNames(options.subjectPrefix() + ".p"))
            .hasSize(1);
      }
    } finally {
      pool.shutdown();
    }
  }

  /** The younger stream is deleted; one with a task stays, and its users get an error. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofTwoOverlappingStreamsTheYoungerIsDeletedUnlessItHasTasks(boolean tasks) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    int found = 0;
    try (Connection one = Jnats.connect(server.url());
        Connection two = Jnats.connect(server.url())) {
      for (int i = 0; i < 10 * ROUNDS && found < 3; i++) {
        NatsOptions options = TestQueues.options(server);
        CyclicBarrier barrier = new CyclicBarrier(2);
        List<Callable<Object>> both = new ArrayList<>();
        for (Connection nc : List.of(one, two)) {
          String name = options.stream() + (nc == one ? "-a" : "-b");
          both.add(
              () -> {
                barrier.await(30, TimeUnit.SECONDS);
                return nc.jetStreamManagement()
                    .addStream(
                        StreamConfiguration.builder()
                            .name(name)
                            .subjects(options.layout().subjects(0))
                            .retentionPolicy(RetentionPolicy.WorkQueue)
                            .discardPolicy(DiscardPolicy.New)
                            .storageType(StorageType.Memory)
                            .build());
              });
        }
        pool.invokeAll(both);
        List<String> names =
            one.jetStreamManagement().getStreamNames(options.subjectPrefix() + ".p");
        if (names.size() == 2) {
          found++;
          if (tasks) {
            one.publish(options.subjectPrefix() + ".p", new byte[0]);
            one.flush(Duration.ofSeconds(30));
          }
          expectLeft(tasks ? 2 : 1, options, one);
        }
        for (String name :
            one.jetStreamManagement().getStreamNames(options.subjectPrefix() + ".p")) {
          one.jetStreamManagement().deleteStream(name);
        }
      }
    } finally {
      pool.shutdown();
    }
    // The frequency depends on the machine; 2.9 never accepts both.
    assertThat(found).isLessThanOrEqualTo(server.version().startsWith("2.9.") ? 0 : 3);
  }

  private static void expectLeft(int count, NatsOptions options, Connection nc) throws Exception {
    int refused = 0;
    for (String suffix : List.of("-a", "-b", "-a", "-b")) {
      try (TaskQueue queue =
          NatsQueues.connect(
              options
                  .withStream(options.stream() + suffix)
                  .withProvisioning(NatsOptions.Provisioning.CREATE))) {
        queue.partition("p");
      } catch (ConfigDriftException e) {
        assertThat(e).hasMessageContaining("overlap");
        refused++;
      }
    }
    assertThat(refused).isEqualTo(2);
    List<String> left = nc.jetStreamManagement().getStreamNames(options.subjectPrefix() + ".p");
    assertThat(left).hasSize(count);
    for (String name : left) {
      long messages = nc.jetStreamManagement().getStreamInfo(name).getStreamState().getMsgCount();
      assertThat(messages).isEqualTo(count - 1);
    }
  }
}
