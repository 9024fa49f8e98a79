// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.Completion;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.wire.ReplacedCalls;
import dev.jetlane.nats.wire.ScriptedConnection;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.support.Status;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pull that waits without a thread, while its server is away or in between. */
@Timeout(120)
class PullOutageTest {

  private final PullScene scene =
      new PullScene(
          NatsOptions.defaults()
              .withQueue(TestQueues.config())
              .withRequestTimeout(Duration.ofSeconds(2)));

  private final NatsPull puller = (NatsPull) scene.puller(PullOptions.defaults());

  @AfterEach
  void close() {
    scene.close();
  }

  private IdlePull pull(long untilNanos) {
    return (IdlePull) puller.pullAsync(2, 1_000, untilNanos, Completion.none());
  }

  private IdlePull waiting() {
    IdlePull pull = pull(PullScene.late());
    TestQueues.await(
        "a request, and no step",
        () -> scene.requests().size() == 1 && scene.session.steps.getActiveCount() == 0);
    return pull;
  }

  private static List<Delivery> result(IdlePull pull) throws Exception {
    return pull.get(PullScene.SOON_SECONDS, TimeUnit.SECONDS);
  }

  private static Message message() {
    return ScriptedConnection.message("a", null, new byte[0], null);
  }

  /** Its worker reports the outage after two seconds. */
  @Test
  void withoutAConnectionThePullOfAWorkerEndsWithinTwoSeconds() throws Exception {
    puller.ofWorker();
    IdlePull pull = waiting();
    assertThat(pull.untilNanos() - System.nanoTime()).isGreaterThan(TimeUnit.MINUTES.toNanos(1));
    scene.server.disconnect();
    TestQueues.await(
        "a step without a connection",
        () -> {
          pull.ring();
          return pull.sent == null;
        });
    TestQueues.await("no step", () -> scene.session.steps.getActiveCount() == 0);
    assertThat(pull.untilNanos() - System.nanoTime())
        .isLessThanOrEqualTo(TimeUnit.SECONDS.toNanos(2));
    assertThat(pull.cancel(true)).isFalse();
    assertThat(result(pull)).isEmpty();
  }

  @Test
  void aPullWithoutAConnectionCanBeCancelled() throws Exception {
    scene.server.disconnect();
    IdlePull pull = pull(PullScene.late());
    scene.pass(Duration.ofMillis(20));
    TestQueues.await("no step", () -> scene.session.steps.getActiveCount() == 0);
    assertThat(pull.cancel(true)).isFalse();
    assertThat(result(pull)).isEmpty();
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** Otherwise it would ask forever. */
  @Test
  void aServerInBetweenIsAskedUntilTheEndOfTheWait() {
    scene.onRequest =
        (reply, body) -> {
          scene.end(reply, 409, "Leadership Change");
          Message bell = ScriptedConnection.message("x", "", new byte[0], new Status(409, "x"));
          scene.server.handle(puller.inbox.subject(), bell);
        };
    IdlePull pull = pull(PullScene.inMillis(250));
    assertThatThrownBy(() -> result(pull))
        .hasCauseInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("Leadership Change");
    assertThat(scene.requests().size()).isGreaterThan(1);
    assertThat(scene.failedPull().error()).hasMessageContaining("Leadership Change");
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }

  /** One that is left rings for another request, and stays on the server. */
  @Test
  void aWaitingRequestHasOneBellAlsoAfterALostOne() throws Exception {
    AtomicInteger hung = new AtomicInteger();
    AtomicInteger removed = new AtomicInteger();
    UnaryOperator<Connection> counting =
        connection ->
            new ReplacedCalls(connection)
                .with(
                    "createDispatcher",
                    none -> counting(connection.createDispatcher(), hung, removed))
                .connection();
    try (PullScene own = new PullScene(NatsOptions.defaults(), counting)) {
      IdlePull pull =
          (IdlePull)
              own.puller(PullOptions.defaults())
                  .pullAsync(2, 1_000, PullScene.late(), Completion.none());
      for (int requests = 1; requests <= 3; requests++) {
        int expected = requests;
        TestQueues.await(
            "request " + requests, () -> own.requests().size() == expected && pull.sent != null);
        TestQueues.await("no step", () -> own.session.steps.getActiveCount() == 0);
        assertThat(hung).as("bells of %s requests", requests).hasValue(requests);
        assertThat(removed).as("bells that were removed").hasValue(requests - 1);
        own.reconnect();
        pull.look(true);
      }
      assertThat(pull.cancel(true)).isFalse();
      assertThat(result(pull)).isEmpty();
      assertThat(removed).hasValue(hung.get());
    }
  }

  /** Counts the subscriptions for one message, and those that end before it. */
  private static Dispatcher counting(Dispatcher base, AtomicInteger hung, AtomicInteger removed) {
    return (Dispatcher)
        Proxy.newProxyInstance(
            Dispatcher.class.getClassLoader(),
            new Class<?>[] {Dispatcher.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("unsubscribe")) {
                (arguments.length == 2 ? hung : removed).incrementAndGet();
              }
              return method.invoke(base, arguments);
            });
  }

  /** Only the end of the queue interrupts its threads. An empty result would hide it. */
  @Test
  void anInterruptedStepMeansThatTheQueueIsClosed() {
    IdlePull pull = waiting();
    String unused = scene.task();
    scene.server.onWait(
        () -> {
          scene.server.onWait(() -> {});
          Thread.currentThread().interrupt();
        });
    pull.came(message());
    assertThatThrownBy(() -> result(pull))
        .hasCauseInstanceOf(QueueClosedException.class)
        .hasMessageContaining("the queue is closed");
    assertThat(scene.naks()).as("the task that had arrived").hasSize(1);
    assertThat(scene.status.failedPull()).isNull();
    assertThat(puller.turn.availablePermits()).isEqualTo(1);
  }
}
