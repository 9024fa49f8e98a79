// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.Certificates;
import dev.jetlane.nats.testing.Jnats;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Many concurrent threads push, pull and settle tasks of all sizes over each transport: the queue's
 * own socket and jnats' own, with TLS and without. Every byte arrives once.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(300)
class TransportLoadTest {

  private static final int PUSHERS = 3;
  private static final int PER_PUSHER = 160;
  private static final int TASKS = PUSHERS * PER_PUSHER;
  private static final Duration WAIT = Duration.ofSeconds(1);

  @TempDir Path folder;

  private final Map<String, String> settled = new ConcurrentHashMap<>();

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void everyByteArrivesOnce(boolean tls, boolean ownConnection) throws Exception {
    Certificates host = tls ? Certificates.make(folder, "server", "ip:127.0.0.1", 1) : null;
    try (NatsServer server = NatsServer.start(config(host))) {
      NatsOptions options = TestQueues.options(server).withQueue(TestQueues.config());
      String url = tls ? server.url().replace("nats://", "tls://") : server.url();
      SSLContext context = host == null ? null : Certificates.context(host, null);
      if (ownConnection) {
        NatsOptions own = options.withUrl(url);
        try (TaskQueue queue =
            NatsQueues.connect(context == null ? own : own.withSslContext(context))) {
          load(queue);
        }
      } else {
        Options.Builder builder = Jnats.options(url);
        try (Connection nc =
                Nats.connect((context == null ? builder : builder.sslContext(context)).build());
            TaskQueue queue = NatsQueues.over(nc, options)) {
          load(queue);
        }
      }
    }
  }

  private static NatsConfig config(@Nullable Certificates host) {
    return host == null
        ? NatsConfig.defaults()
        : NatsConfig.defaults()
            .withText(
                "tls { cert_file: \""
                    + host.pemCertificate()
                    + "\", key_file: \""
                    + host.pemKey()
                    + "\" }");
  }

  private void load(TaskQueue queue) throws Exception {
    Partition partition = queue.partition("p");
    List<Callable<Void>> jobs = new ArrayList<>();
    for (int pusher = 0; pusher < PUSHERS; pusher++) {
      List<Task> tasks = tasks(pusher);
      jobs.add(() -> push(partition, tasks));
    }
    PullOptions ahead = PullOptions.defaults().withPrefetch(40);
    jobs.add(() -> work(partition, ahead));
    jobs.add(() -> work(partition, ahead.withKeepFor(Duration.ofMinutes(10))));
    jobs.add(() -> work(partition, PullOptions.defaults()));
    ExecutorService pool = Executors.newFixedThreadPool(jobs.size());
    try {
      for (Future<Void> job : pool.invokeAll(jobs)) {
        job.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(settled).hasSize(TASKS);
    assertThat(settled.values()).containsOnly("whole");
    TestQueues.awaitStats(partition, new Stats(0, 0, 0));
  }

  /** Pushes in each of the three ways; the last task twice. */
  private static Void push(Partition partition, List<Task> tasks) throws Exception {
    partition.pushAll(tasks.subList(0, PER_PUSHER / 2)).requireAllStored();
    List<CompletableFuture<PushReceipt>> pushes = new ArrayList<>();
    for (Task task : tasks.subList(PER_PUSHER / 2, PER_PUSHER - 20)) {
      pushes.add(partition.pushAsync(task));
    }
    for (Task task : tasks.subList(PER_PUSHER - 20, PER_PUSHER)) {
      assertThat(partition.push(task).taskId()).isEqualTo(task.id());
    }
    for (CompletableFuture<PushReceipt> push : pushes) {
      // On a machine that stands still a push is repeated, and may be the duplicate of itself.
      assertThat(push.get().taskId()).startsWith("task-");
    }
    assertThat(partition.push(tasks.get(PER_PUSHER - 1)).duplicate()).isTrue();
    return null;
  }

  /** Acks, pipelined and one by one, and gives each eleventh delivery back. */
  private Void work(Partition partition, PullOptions options) throws Exception {
    try (Puller puller = partition.puller(options)) {
      int number = 0;
      while (settled.size() < TASKS) {
        List<CompletableFuture<Settlement>> acks = new ArrayList<>();
        for (Delivery delivery : puller.pull(20, WAIT)) {
          number++;
          if (number % 11 == 0) {
            assertThat(delivery.nak()).isEqualTo(Settlement.SETTLED);
            continue;
          }
          String before = settled.put(delivery.taskId(), isWhole(delivery) ? "whole" : "broken");
          assertThat(before).as("the earlier settlement of %s", delivery).isNull();
          if (number % 3 == 0) {
            assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
          } else {
            acks.add(delivery.ackAsync());
          }
        }
        for (CompletableFuture<Settlement> ack : acks) {
          assertThat(ack.get()).isEqualTo(Settlement.SETTLED);
        }
      }
    }
    return null;
  }

  private static boolean isWhole(Delivery delivery) {
    String id = delivery.taskId();
    int number = Integer.parseInt(id.substring(id.indexOf('-') + 1));
    return Arrays.equals(delivery.payload(), payload(number))
        && delivery.headers().equals(headers(number));
  }

  private static List<Task> tasks(int pusher) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < PER_PUSHER; i++) {
      int number = pusher * PER_PUSHER + i;
      tasks.add(Task.of("task-" + number, payload(number)).withHeaders(headers(number)));
    }
    return tasks;
  }

  private static Map<String, String> headers(int number) {
    return number % 4 == 0 ? Map.of("Trace", "t " + number) : Map.of();
  }

  /** From empty to the largest; the same number always has the same payload. */
  private static byte[] payload(int number) {
    Random random = new Random(number);
    int size =
        switch (number % 120) {
          case 0 -> 0;
          case 1 -> 1_000_000;
          case 2, 3 -> 65_536 + random.nextInt(100_000);
          case 4, 5, 6 -> 3_000 + random.nextInt(40_000);
          default -> random.nextInt(300);
        };
    byte[] payload = new byte[size];
    random.nextBytes(payload);
    return payload;
  }

  /** A waiting request has a slot and a permit; both are reused. */
  @Test
  void moreRequestsThanSlotsAreAllowed() throws Exception {
    int tasks = 70_000;
    try (NatsServer server = NatsServer.start();
        TaskQueue queue = NatsQueues.connect(TestQueues.options(server))) {
      Partition partition = queue.partition("p");
      TestQueues.pushIds(partition, tasks);
      assertThat(partition.push(Task.of("one-more", "")).duplicate()).isFalse();
      TestQueues.awaitStats(partition, new Stats(tasks + 1, 0, 0));
    }
  }
}
