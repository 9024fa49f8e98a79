// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways in which a server ends a pull request, and the result of the pull. */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class PullStatusTest {

  private static final Duration WAIT = Duration.ofSeconds(60);

  @AutoClose private static NatsServer server;

  @BeforeAll
  static void start() {
    server = NatsServer.start();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "409 Leadership Change",
        "409 Server Shutdown",
        "409 Exceeded MaxWaiting",
        "408 Request Timeout",
        "404 No Messages"
      })
  void aTemporaryStatusLetsThePullContinue(String status) throws Exception {
    NatsOptions options = TestQueues.options(server);
    String next = "$JS.API.CONSUMER.MSG.NEXT." + options.stream() + ".p";
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), next)) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller()) {
        CompletableFuture<List<Delivery>> pull = waiting(puller, tap);
        int before = requests(tap).size();
        tap.answer(requests(tap).get(before - 1).replyTo(), status);
        TestQueues.await("another request", () -> requests(tap).size() > before);
        partition.push(Task.of("after", ""));
        assertThat(TestQueues.ids(pull.get(60, TimeUnit.SECONDS))).containsExactly("after");
      }
    }
  }

  /** A server that shuts down ends its requests first, then its API, then its connections. */
  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void aPullSurvivesTheShutdownOfItsServer(int prefetch) throws Exception {
    NatsOptions options = TestQueues.options(server);
    String next = "$JS.API.CONSUMER.MSG.NEXT." + options.stream() + ".p";
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), next)) {
      Partition partition = queue.partition("p");
      try (Puller puller = partition.puller(PullOptions.defaults().withPrefetch(prefetch))) {
        CompletableFuture<List<Delivery>> pull = waiting(puller, tap);
        for (String status : List.of("409 Server Shutdown", "503")) {
          int before = requests(tap).size();
          tap.answer(requests(tap).get(before - 1).replyTo(), status);
          TestQueues.await("another request", () -> requests(tap).size() > before || pull.isDone());
        }
        partition.push(Task.of("after", ""));
        assertThat(TestQueues.ids(pull.get(60, TimeUnit.SECONDS))).containsExactly("after");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"409 Consumer Deleted", "409 Consumer is push based", "400 Bad Request"})
  void aPermanentStatusEndsThePullWithItsText(String status) throws Exception {
    NatsOptions options = TestQueues.options(server);
    String next = "$JS.API.CONSUMER.MSG.NEXT." + options.stream() + ".p";
    try (TaskQueue queue = NatsQueues.connect(options);
        WireTap tap = WireTap.on(server.url(), next);
        Puller puller = queue.partition("p").puller()) {
      CompletableFuture<List<Delivery>> pull = waiting(puller, tap);
      tap.answer(requests(tap).get(0).replyTo(), status);
      assertThatThrownBy(() -> pull.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QueueUnavailableException.class)
          .hasMessageContaining(status.substring(4));
    }
  }

  /** A pull whose first request reached the server. */
  private static CompletableFuture<List<Delivery>> waiting(Puller puller, WireTap tap) {
    CompletableFuture<List<Delivery>> pull = TestQueues.pullInBackground(puller, WAIT);
    TestQueues.await("a request", () -> !requests(tap).isEmpty());
    return pull;
  }

  /** The requests for tasks; a puller's first request asks for none. */
  private static List<WireTap.Heard> requests(WireTap tap) {
    return tap.heard(one -> one.body().contains("batch"));
  }
}
