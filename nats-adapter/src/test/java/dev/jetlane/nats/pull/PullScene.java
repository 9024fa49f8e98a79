// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.Lease;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.Status;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The partition {@code p} of a queue without a server. A test answers the pull requests. The scene
 * refuses a request without an effect, stores each copy and confirms each settlement, unless the
 * test says otherwise.
 */
final class PullScene implements AutoCloseable {

  /** A time of storing, in nanoseconds since 1970. */
  static final long STORED_AT_NANOS = 1_700_000_000_123_456_789L;

  static final String STORED = "{\"stream\":\"jetlane\",\"seq\":1}";
  static final String FULL =
      "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum bytes exceeded\"}}";

  /** How long a test waits for a condition. */
  static final long SOON_SECONDS = TestQueues.SOON.toSeconds();

  /** A pull request, after it was sent. */
  interface Asked {
    void asked(String replyTo, String body) throws Exception;
  }

  final ScriptedConnection server = new ScriptedConnection();
  final Wire wire = new Wire();

  /** The ids of the tasks that were reported as used up, each after its partition. */
  final List<String> exhausted = new CopyOnWriteArrayList<>();

  /** How often a missing consumer or a missing server was reported. */
  final AtomicInteger missed = new AtomicInteger();

  final List<TestDelivery> deliveries = new CopyOnWriteArrayList<>();
  final Session session;
  final List<PartitionAddress> addresses;
  final PartitionStatus status;

  volatile Asked onRequest = (replyTo, body) -> {};
  volatile boolean refuses = true;
  volatile boolean confirms = true;
  volatile @Nullable String storing = STORED;
  private final AtomicInteger tasks = new AtomicInteger();

  PullScene() {
    this(TestQueues.config());
  }

  PullScene(QueueConfig config) {
    this(NatsOptions.defaults().withQueue(config));
  }

  PullScene(NatsOptions options) {
    this(options, connection -> connection);
  }

  /**
   * Makes a scene whose connection has other calls.
   *
   * @param changed makes it of the connection of {@link #server}
   */
  PullScene(NatsOptions options, UnaryOperator<Connection> changed) {
    wire.bind(changed.apply(server.connection()));
    session = new Session(TestQueues.settings(options), wire, new Told());
    addresses = session.settings.layout().addresses("p");
    status = new PartitionStatus(session.settings.queue());
    session.monitor.observe(
        new ConnectionMonitor.Observer() {
          @Override
          public void missed() {
            missed.incrementAndGet();
          }
        });
    server.onPublish(this::published);
    server.forgetCalls();
  }

  private final class Told implements DriverEvents {
    @Override
    public void exhausted(String partition, String taskId) {
      exhausted.add(partition + "/" + taskId);
    }

    @Override
    public void warned(String text) {}

    @Override
    public void connectionLost() {}

    @Override
    public void connectionRestored() {}
  }

  private void published(String replyTo, String body) {
    List<ScriptedConnection.Published> all = server.published();
    if (all.get(all.size() - 1).replyTo().isEmpty()) {
      return;
    }
    try {
      if (body.startsWith("{\"batch\"")) {
        onRequest.asked(replyTo, body);
      } else if (body.equals("{")) {
        if (refuses) {
          end(replyTo, 400, "Bad Request");
        }
      } else if (body.startsWith("+") || body.startsWith("-")) {
        if (confirms) {
          answer(replyTo, "");
        }
      } else if (storing != null) {
        answer(replyTo, storing);
      }
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Answers a request that stores or settles. */
  void answer(String replyTo, String text) throws InterruptedException {
    String inbox = replyTo.substring(0, replyTo.lastIndexOf('.')) + ".*";
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    server.handle(inbox, ScriptedConnection.message(replyTo, "", body, null));
  }

  /** Brings the status that ends a request. */
  void end(String replyTo, int code, String text) {
    var unused = server.bring(replyTo, "", new Status(code, text));
  }

  /** Brings the status of a request that ends with tasks left. */
  void endWithLeft(String replyTo, int code, String text, int left) {
    Message status = ScriptedConnection.message(replyTo, "", new byte[0], new Status(code, text));
    Headers headers = new Headers().add("Nats-Pending-Messages", Integer.toString(left));
    server.bring(
        (Message)
            Proxy.newProxyInstance(
                Message.class.getClassLoader(),
                new Class<?>[] {Message.class},
                (proxy, method, arguments) ->
                    method.getName().equals("getHeaders")
                        ? headers
                        : method.invoke(status, arguments)));
  }

  /** Returns the reply subject of a task: the numbers of the server follow the prefix. */
  String reply(int priority, int attempt, int sequence, int pending) {
    return "%s%d.%d.%d.%d.%d"
        .formatted(
            addresses.get(priority).ackPrefix,
            attempt,
            sequence,
            sequence,
            STORED_AT_NANOS,
            pending);
  }

  /** Brings a task with a payload of this size; returns its reply subject. */
  String task(int priority, int attempt, int bytes, int pending) {
    String reply = reply(priority, attempt, tasks.incrementAndGet(), pending);
    server.bring(
        ScriptedConnection.message(addresses.get(priority).subject, reply, new byte[bytes], null));
    return reply;
  }

  /** Brings the first delivery of a task; returns its reply subject. */
  String task() {
    return task(0, 1, 1, 0);
  }

  /** Makes a lease of a message. */
  NatsLease lease(PullContext context, int attempt, Headers headers, String payload) {
    String reply = reply(context.address.priority, attempt, tasks.incrementAndGet(), 0);
    return lease(context, reply, headers, payload, System.nanoTime());
  }

  /** Makes a lease of a message that arrived then. */
  static NatsLease lease(
      PullContext context, String reply, Headers headers, String payload, long receivedNanos) {
    NatsMessage.Builder message =
        NatsMessage.builder()
            .subject(context.address.subject)
            .replyTo(reply)
            .data(payload.getBytes(StandardCharsets.UTF_8));
    if (!headers.isEmpty()) {
      message.headers(headers);
    }
    return new NatsLease(context, message.build(), receivedNanos);
  }

  LeasedDelivery delivery(Lease lease) {
    TestDelivery made = new TestDelivery(lease);
    deliveries.add(made);
    return made.delivery;
  }

  PullContext context() {
    return context(0, PullOptions.defaults());
  }

  PullContext context(int priority, PullOptions options) {
    return new PullContext(session, addresses.get(priority), status, options, this::delivery);
  }

  /** Opens a puller; the test connects it. */
  PartitionPull puller(PullOptions options) {
    return new Pullers(session, addresses, status).make(options, this::delivery, closed -> {});
  }

  /** Returns the bodies of the pull requests, in order. */
  List<String> requests() {
    return server.published().stream()
        .map(ScriptedConnection.Published::body)
        .filter(body -> body.startsWith("{\"batch\""))
        .toList();
  }

  /** Returns the reply subjects of the tasks that were given back with a nak, in order. */
  List<String> naks() {
    return sent("-NAK");
  }

  /** Returns the subjects of the messages with this body, in order. */
  List<String> sent(String body) {
    return server.published().stream()
        .filter(one -> one.body().equals(body))
        .map(ScriptedConnection.Published::subject)
        .toList();
  }

  /** Returns the headers of a message that has some. */
  static Headers headers(ScriptedConnection.Published message) {
    return Objects.requireNonNull(message.headers());
  }

  /** Returns the failed pull in the status. */
  PartitionStatus.FailedPull failedPull() {
    return Objects.requireNonNull(status.failedPull());
  }

  /** Returns the requests that store a message, in order. */
  List<ScriptedConnection.Published> stored() {
    return server.published().stream().filter(one -> one.headers() != null).toList();
  }

  /** Connects again: requests of the connection before are lost. */
  void reconnect() {
    server.connect();
    session.monitor.connectionEvent(server.connection(), Events.RESUBSCRIBED);
  }

  /** Runs an effect of the server after a time. */
  void later(Duration time, Runnable effect) {
    boolean accepted = session.timer.after("the server", time.toNanos(), effect);
    assertThat(accepted).isTrue();
  }

  /** Returns when the timer has run the work that is due within this time. */
  void pass(Duration time) throws InterruptedException {
    CountDownLatch passed = new CountDownLatch(1);
    later(time, passed::countDown);
    assertThat(passed.await(PullScene.SOON_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  /** Returns a time that has passed. */
  static long now() {
    return System.nanoTime();
  }

  /** Returns a time that no test reaches. */
  static long late() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
  }

  static long inMillis(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Returns the messages that the inbox had when it was dropped. */
  static List<Message> dropped(PullInbox inbox) {
    List<Message> left = new ArrayList<>();
    inbox.drop(left::add);
    return left;
  }

  /** Returns the reply subjects of the tasks, in order. */
  static List<String> replies(List<? extends Delivery> pulled) {
    return pulled.stream()
        .map(one -> ((NatsLease) ((LeasedDelivery) one).lease()).replySubject())
        .toList();
  }

  @Override
  public void close() {
    session.close();
  }

  interface Call<T> {
    T run() throws Exception;
  }

  /** Runs a call on a thread of its own. */
  static <T> CompletableFuture<T> inBackground(Call<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(call.run());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return result;
  }
}
