// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PullOptions;
import dev.jetlane.PushReceipt;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import dev.jetlane.driver.PartitionDriver;
import dev.jetlane.driver.PullDriver;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.provision.CreatingServer;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Warnings;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.Connection;
import io.nats.client.support.Status;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client with several partitions and pulls, from its first call to its close. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class DriverLifeTest {

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final CreatingServer created = new CreatingServer(server);
  private final Warnings warnings = new Warnings();
  private Session session;
  private NatsDriver driver;

  private void open(NatsOptions options) {
    open(options, server.wire(), false);
  }

  private void open(NatsOptions options, Wire wire, boolean owns) {
    session = new Session(TestQueues.settings(options), wire, warnings);
    driver = new NatsDriver(session, TestQueues.terms(options), owns);
    created.permitStream("jetlane");
    created.permitStream("jetlane-dead");
    created.permitConsumer("jetlane", "@later");
    for (String name : List.of("p", "q", "r")) {
      created.permitConsumer("jetlane", name);
    }
  }

  private void open() {
    open(NatsOptions.defaults());
  }

  @AfterEach
  void end() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private void emptyPulls() {
    Status none = new Status(Status.NOT_FOUND_CODE, "No Messages");
    server.script().onPublish((replyTo, body) -> server.script().bring(replyTo, "", none));
  }

  private static PullDriver openPull(PartitionDriver partition) {
    return partition.openPull(
        PullOptions.defaults(),
        lease -> {
          throw new IllegalStateException("no task");
        },
        soon());
  }

  /** Otherwise the tasks that another pull leased ahead would wait for the end of their leases. */
  @Test
  void theCloseOfAPartitionClosesEachPull() {
    open();
    emptyPulls();
    NatsPartitionDriver partition = (NatsPartitionDriver) driver.openPartition("p", soon());
    List<PullDriver> pulls = List.of(openPull(partition), openPull(partition), openPull(partition));
    partition.close(soon());
    server.script().disconnect(); // A pull that is still open fails.
    for (PullDriver pull : pulls) {
      assertThatThrownBy(() -> pull.pull(1, 0, System.nanoTime()))
          .isInstanceOf(QueueClosedException.class);
    }
  }

  /** A client may open and close pulls for a year. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClosedPullIsLetGo(boolean failed) {
    open();
    PartitionDriver partition = driver.openPartition("p", soon());
    List<WeakReference<Object>> pulls = new ArrayList<>();
    if (failed) {
      Status gone = new Status(409, "Consumer Deleted");
      server.script().onPublish((replyTo, body) -> server.script().bring(replyTo, "", gone));
      assertThatThrownBy(
              () ->
                  partition.openPull(
                      PullOptions.defaults(), new Deliveries(pulls)::of, System.nanoTime()))
          .isNotNull();
    } else {
      emptyPulls();
      partition.openPull(PullOptions.defaults(), new Deliveries(pulls)::of, soon()).close(soon());
    }
    server.script().onPublish((replyTo, body) -> {});
    TestQueues.await(
        "a pull that is not referenced any more",
        () -> {
          System.gc();
          return pulls.get(0).get() == null;
        });
    driver.close(soon());
  }

  /** Lives as long as its pull. */
  private static final class Deliveries {

    Deliveries(List<WeakReference<Object>> all) {
      all.add(new WeakReference<>(this));
    }

    private dev.jetlane.driver.LeasedDelivery of(dev.jetlane.driver.Lease lease) {
      throw new IllegalStateException("no task");
    }
  }

  /** Of several movers the last one ends without an interrupt. */
  @Test
  void anInterruptIsKeptOverTheEndsOfAllMovers() {
    NatsOptions options =
        NatsOptions.defaults().withStreams(8).withProvisioning(NatsOptions.Provisioning.NONE);
    open(options);
    for (int i = 0; i < 20; i++) {
      driver.openPartition("p" + i, soon());
    }
    Thread.currentThread().interrupt();
    driver.close(soon());
    assertThat(Thread.interrupted()).isTrue();
  }

  /** Returns the server's connection; its close is interrupted. */
  private Connection interruptedAtItsClose() {
    InvocationHandler handler =
        (self, method, arguments) -> {
          if (method.getName().equals("close")) {
            throw new InterruptedException();
          }
          try {
            return method.invoke(server.connection(), arguments);
          } catch (InvocationTargetException e) {
            throw Objects.requireNonNull(e.getCause());
          }
        };
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, handler);
  }

  @Test
  void anInterruptOfTheLastStepIsKept() {
    Wire wire = new Wire();
    wire.bind(interruptedAtItsClose());
    open(NatsOptions.defaults().withProvisioning(NatsOptions.Provisioning.NONE), wire, true);
    driver.close(soon());
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void theLastMessagesAreSentBeforeTheConnectionIsClosed() {
    NatsOptions nothing = NatsOptions.defaults().withProvisioning(NatsOptions.Provisioning.NONE);
    open(nothing, server.wire(), true);
    List<List<String>> flushes = new ArrayList<>();
    server.script().onExchange(() -> flushes.add(server.joins()));
    driver.close(soon());
    assertThat(flushes).isNotEmpty().last().asInstanceOf(LIST).isEmpty();
    assertThat(server.joins()).containsExactly("close");
  }

  /** A task that becomes due meanwhile may be counted twice, but is never missed. */
  @Test
  void delayedTasksAreCountedBeforeTheOthers() {
    open();
    PartitionDriver partition = driver.openPartition("p", soon());
    server.forget();
    var unused = partition.stats(soon());
    List<String> requests =
        server.asked().stream()
            .map(one -> one.replaceAll("\\{.*_filter\":\"([^\"]+)\".*", "$1").strip())
            .toList();
    assertThat(requests)
        .containsExactly(
            "STREAM.INFO.jetlane jetlane.p.@later.*",
            "CONSUMER.INFO.jetlane.p",
            "STREAM.INFO.jetlane jetlane.p",
            "STREAM.INFO.jetlane-dead jetlane-dead.p.>");
  }

  /** A push in flight at the close has its outcome. */
  @Test
  void aCloseWaitsForTheAnswersToPushes() throws Exception {
    open();
    PartitionDriver partition = driver.openPartition("p", soon());
    server.silence(one -> one.subject().equals("jetlane.p"));
    DriverFuture<PushReceipt> push =
        partition.push(Task.of("t", ""), Completion.none(), Urgency.AWAITED, soon());
    ScriptedConnection.Published sent =
        server.script().published().stream()
            .filter(one -> one.subject().equals("jetlane.p"))
            .findFirst()
            .orElseThrow();
    Thread closing = new Thread(() -> driver.close(soon()));
    closing.start();
    TestQueues.await("its wait", () -> closing.getState() == Thread.State.TIMED_WAITING);
    byte[] answer = "{\"stream\":\"jetlane\",\"seq\":1}".getBytes(StandardCharsets.UTF_8);
    String all = sent.replyTo().substring(0, sent.replyTo().lastIndexOf('.') + 1) + "*";
    server.script().handle(all, ScriptedConnection.message(sent.replyTo(), "", answer, null));
    closing.join();
    assertThat(push.get()).isEqualTo(new PushReceipt("t", false));
  }

  @Test
  void aCheckWithoutTimeSaysSo() {
    open();
    assertThat(driver.health(System.nanoTime())).as("no partition").isEqualTo(Health.up());
    driver.openPartition("p", soon());
    driver.openPartition("q", soon());
    Health health = driver.health(System.nanoTime());
    assertThat(health.live()).isTrue();
    assertThat(health.ready()).isFalse();
    assertThat(health.problems())
        .containsExactly("the request timeout was too short to check every partition");
    assertThat(driver.health(soon())).isEqualTo(Health.up());
  }

  /** Each partition may have a problem, and each its warning, in this order. */
  @Test
  void theProblemsOfAllPartitionsComeBeforeTheWarnings() {
    open(NatsOptions.defaults().withProvisioning(NatsOptions.Provisioning.NONE));
    for (String name : List.of("p", "q", "r")) {
      driver.openPartition(name, soon());
      server.consumer("jetlane", name, "jetlane." + name, ",\"paused\":true");
    }
    server.answer("CONSUMER.INFO.jetlane.p", body -> AnsweringServer.error(404, 10014));
    server.answer("CONSUMER.INFO.jetlane.r", body -> AnsweringServer.error(503, 10008));
    String paused =
        "{\"stream_name\":\"jetlane\",\"name\":\"q\",\"config\":{\"durable_name\":\"q\"},\"paused\":true}";
    server.answer("CONSUMER.INFO.jetlane.q", body -> paused);
    server.wire().readerDied();
    Health health = driver.health(soon());
    assertThat(health.ready()).isFalse();
    assertThat(health.problems()).hasSize(4);
    assertThat(health.problems().subList(0, 2))
        .containsExactlyInAnyOrder(
            "partition p no longer exists", "inspect partition r: planted (10008)");
    assertThat(health.problems().get(2)).contains("reader thread");
    assertThat(health.problems().get(3)).startsWith("partition q is paused");
  }

  @Test
  void tooManyPartitionsOfAStreamAreAWarningOfHealth() {
    open(NatsOptions.defaults().withProvisioning(NatsOptions.Provisioning.NONE));
    for (int i = 1; i <= 17; i++) {
      driver.openPartition("n" + i, soon());
      String info =
          "{\"stream_name\":\"jetlane\",\"name\":\"n\",\"config\":{\"durable_name\":\"n\"}}";
      server.answer("CONSUMER.INFO.jetlane.n" + i, body -> info);
    }
    Health health = driver.health(soon());
    assertThat(health.ready()).isTrue();
    assertThat(health.problems()).singleElement().asString().contains("17 partitions");
    assertThat(warnings.texts()).isEqualTo(health.problems());
  }

  /** An administrator may have changed it since the first call. */
  @Test
  void aPartitionThatIsOpenedAgainHasTheCurrentLease() {
    NatsOptions options =
        NatsOptions.defaults()
            .withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT)
            .withQueue(QueueConfig.defaults().withLease(Duration.ofSeconds(30)));
    open(options);
    PartitionDriver partition = driver.openPartition("p", soon());
    assertThat(partition.lease()).isEqualTo(Duration.ofSeconds(30));
    created.edit("jetlane.p", "\"ack_wait\":30000000000", "\"ack_wait\":7000000000");
    assertThat(partition.lease()).isEqualTo(Duration.ofSeconds(30));
    assertThat(driver.openPartition("p", soon())).isSameAs(partition);
    assertThat(partition.lease()).isEqualTo(Duration.ofSeconds(7));
  }

  /** Without the server's settings those of the options count. */
  @Test
  void withoutACheckTheLeaseIsTheConfiguredOne() {
    open(
        NatsOptions.defaults()
            .withProvisioning(NatsOptions.Provisioning.NONE)
            .withQueue(QueueConfig.defaults().withLease(Duration.ofSeconds(9))));
    assertThat(driver.openPartition("p", soon()).lease()).isEqualTo(Duration.ofSeconds(9));
    assertThat(driver.requestTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(driver.clock()).isSameAs(session.clock);
    assertThat(driver.openPartition("p", soon()).clock()).isSameAs(session.clock);
  }

  @Test
  void theDialectChecksTheTasks() {
    open(NatsOptions.armonik().withProvisioning(NatsOptions.Provisioning.NONE));
    PartitionDriver partition = driver.openPartition("p", soon());
    partition.check(Task.of("t", ""));
    assertThatThrownBy(() -> partition.check(Task.of("t", "other")))
        .isInstanceOf(InvalidInputException.class);
    assertThat(server.script().calls()).as("no mover").noneMatch(call -> call.contains("later"));
  }

  /** A call that misses a stream starts the restoration of all partitions. */
  @Test
  void aMissingConsumerIsCreatedAgainInTheBackground() {
    open();
    PartitionDriver partition = driver.openPartition("p", soon());
    driver.openPartition("q", soon());
    List<String> all = created.exist();
    created.deleteStream("jetlane");
    TestQueues.await(
        "the restored partitions",
        () -> {
          driver.missed();
          return created.exist().equals(all);
        });
    TestQueues.await("a warning for each", () -> warnings.texts().size() >= 2);
    assertThat(partition.stats(soon()).outstanding()).isZero();
  }

  /** The owner of the connection has closed it. */
  @Test
  void aCallOverAClosedConnectionFailsWithAnErrorOfTheQueue() {
    open(NatsOptions.defaults().withProvisioning(NatsOptions.Provisioning.NONE));
    PartitionDriver partition = driver.openPartition("p", soon());
    server.script().close();
    assertThatThrownBy(() -> openPull(partition)).isInstanceOf(TaskQueueException.class);
    assertThatThrownBy(() -> partition.stats(soon())).isInstanceOf(TaskQueueException.class);
    assertThatThrownBy(() -> partition.oldestAge(soon())).isInstanceOf(TaskQueueException.class);
    assertThatThrownBy(() -> driver.partitions(soon())).isInstanceOf(TaskQueueException.class);
    assertThat(driver.health(soon()).problems()).singleElement().asString().contains("closed");
  }

  /** Its task waits until the server says how much room the partition has. */
  @Test
  void theCloseWaitsForAnAsynchronousPushOfADelayedTask() throws Exception {
    open(NatsOptions.defaults().withQueue(TestQueues.config().withMaxTasks(9)));
    PartitionDriver partition = driver.openPartition("p", soon());
    LateRoom room = new LateRoom(server);
    Task later = Task.of("later", "").withDelay(Duration.ofHours(1));
    DriverFuture<PushReceipt> push =
        partition.push(later, Completion.none(), Urgency.PIPELINED, soon());
    Thread closing = new Thread(() -> driver.close(soon()));
    closing.start();
    TestQueues.await("its wait", () -> closing.getState() == Thread.State.TIMED_WAITING);
    room.answered.countDown();
    assertThat(push.get(30, TimeUnit.SECONDS).duplicate()).isFalse();
    closing.join();
  }
}
