// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import dev.jetlane.NotSupportedException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Stats;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.PartitionAdminDriver;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ConnectionMonitor;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The calls of an operator, without a server: counts, deletions, pauses. */
@Timeout(60)
class AdminCallsTest {

  private static final String TIME = ",\"ts\":\"2026-01-01T00:00:00Z\"";

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private Session session;
  private NatsAdmin admin;

  @BeforeEach
  void open() {
    session =
        new Session(
            TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
    admin = new NatsAdmin(session);
    server.stream("jetlane", "");
    server.stream("jetlane-dead", "");
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private void store(String... subjects) {
    for (String subject : subjects) {
      server.store(subject, new Headers(), Instant.EPOCH);
    }
  }

  private void consumers(String fields) {
    server.consumer("jetlane", "p", "jetlane.p", fields);
    server.consumer("jetlane", "p@1", "jetlane.p.@priority.1", fields);
    server.consumer("jetlane", "p@2", "jetlane.p.@priority.2", fields);
  }

  private PartitionAdminDriver partition() {
    return Objects.requireNonNull(admin.partitionAdmin("p", soon()));
  }

  private List<String> asked(String request) {
    return server.asked().stream().filter(one -> one.startsWith(request)).toList();
  }

  /** Notes, foreign subjects and foreign consumers are not tasks. */
  @Test
  void thePartitionsAreThoseOfTasksConsumersAndLetters() {
    store("jetlane.p", "jetlane.p", "jetlane.p", "jetlane.p.@priority.1", "jetlane.p.@priority.2");
    store("jetlane.p.@later.dA", "jetlane.p.@later.dB", "jetlane.p.@later.dB.off");
    store("jetlane.p.other.dA", "jetlane.p.x", "jetlane.a b", "jetlane.q.@later.dA");
    store("jetlane-dead.p.1", "jetlane-dead.p.2", "jetlane-dead.r.1", "jetlane-dead.s.x.y");
    String one = ",\"num_ack_pending\":1,\"num_redelivered\":2,\"num_waiting\":3";
    consumers(one);
    server.consumer("jetlane", "idle", "jetlane.idle", one);
    server.consumer("jetlane", "foreign", "jetlane.>", one);
    server.consumer("jetlane", "@later", "jetlane.*.@later.>", one);
    assertThat(admin.partitions(soon()))
        .containsExactly(
            new PartitionSummary("idle", new Stats(0, 1, 2, 0, 0), 3, Optional.empty()),
            new PartitionSummary("p", new Stats(2, 3, 6, 2, 2), 3, Optional.empty()),
            new PartitionSummary("q", new Stats(0, 0, 0, 1, 0), 0, Optional.empty()),
            new PartitionSummary("r", new Stats(0, 0, 0, 0, 1), 0, Optional.empty()),
            new PartitionSummary("s", new Stats(0, 0, 0, 0, 1), 0, Optional.empty()));
    assertThat(partition().summary(soon()))
        .as("alone")
        .isEqualTo(new PartitionSummary("p", new Stats(2, 3, 6, 2, 2), 3, Optional.empty()));
  }

  @Test
  void theViewOfAPartitionHasEachOfItsPriorities() {
    consumers("");
    store("jetlane.p.@priority.2");
    assertThat(partition().find("seq-1", TimeUnit.MINUTES.toNanos(1))).isPresent();
    assertThat(admin.partitionAdmin("unknown", soon())).isNull();
    server.consumer("jetlane", "foreign", "jetlane.>", "");
    assertThat(admin.partitionAdmin("foreign", soon())).isNull();
    assertThat(admin.priorities("p", soon())).isEqualTo(1);
    server.mark("jetlane.p", 3);
    assertThat(admin.priorities("p", soon())).isEqualTo(3);
    assertThat(admin.priorities("foreign", soon())).isZero();
    store("jetlane-dead.dead.1");
    assertThat(admin.priorities("dead", soon())).isEqualTo(1);
  }

  @Test
  void aPauseOfAnyPriorityIsSeen() {
    consumers("");
    server.consumer("jetlane", "p", "jetlane.p", ",\"paused\":true,\"pause_remaining\":5000000000");
    assertThat(partition().summary(soon()).pausedFor()).contains(Duration.ofSeconds(5));
    assertThat(admin.partitions(soon()).get(0).pausedFor()).contains(Duration.ofSeconds(5));
  }

  /** A consumer that lags behind the stream. */
  @Test
  void moreOutstandingThanStoredTasksAreNoNegativeNumber() {
    store("jetlane.p");
    consumers(",\"num_ack_pending\":2");
    assertThat(partition().summary(soon()).stats()).isEqualTo(new Stats(0, 6, 0, 0, 0));
  }

  @Test
  void aPartitionThatIsGoneHasNothing() {
    consumers("");
    PartitionAdminDriver partition = partition();
    for (String consumer : new String[] {"p", "p@1", "p@2"}) {
      server.answer("CONSUMER.INFO.jetlane." + consumer, body -> AnsweringServer.error(404, 10014));
    }
    assertThat(partition.summary(soon()))
        .isEqualTo(new PartitionSummary("p", new Stats(0, 0, 0), 0, Optional.empty()));
  }

  /** The dead letters of a queue without a stream of tasks can still be looked at. */
  @Test
  void aMissingStreamOfTasksHidesNoLetters() {
    AnsweringServer other = new AnsweringServer("gone");
    NatsOptions options = NatsOptions.defaults().withStream("gone").withStreams(3);
    Session own = new Session(TestQueues.settings(options), other.wire(), DriverEvents.none());
    other.stream("gone-dead", "");
    other.store("jetlane-dead.p.1", new Headers(), Instant.EPOCH);
    assertThat(new NatsAdmin(own).partitions(soon()))
        .extracting(PartitionSummary::name)
        .containsExactly("p");
    own.close();
  }

  /** The number of streams is that of the server, not that of this client. */
  @Test
  void theStreamsAreThoseOfTheServer() {
    server.stream("jetlane", ",\"description\":\"" + StreamMarks.ofStream(0, 3) + "\"");
    for (int index = 1; index < 3; index++) {
      String name = "jetlane-" + index;
      server.answer(
          "STREAM.INFO." + name,
          body ->
              "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"%s\"},".formatted(name)
                  + "\"state\":{\"messages\":1,\"subjects\":{\"jetlane.%s.of-%s\":4}}}"
                      .formatted(name.substring(8), name));
    }
    assertThat(admin.partitions(soon()))
        .extracting(PartitionSummary::name, each -> each.stats().ready())
        .containsExactly(tuple("of-jetlane-1", 4L), tuple("of-jetlane-2", 4L));
  }

  @Test
  void aQueueThatIsBeingMovedIsNotLookedAt() {
    server.stream("jetlane", ",\"description\":\"" + StreamMarks.ofMove(3) + "\"");
    assertThatThrownBy(() -> admin.partitions(soon()))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("jetlane is being moved");
    assertThatThrownBy(() -> admin.partitionAdmin("p", soon()))
        .isInstanceOf(QueueRejectedException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "jetlane.p, '', 1 ready",
    "jetlane.p.@priority.2, '', 1 ready",
    "jetlane.p.@later.dA, '', delayed",
    "jetlane-dead.p.1, '', dead",
    "'', num_ack_pending, outstanding",
    "'', num_waiting, 1 pulls wait"
  })
  void aPartitionInUseIsDeletedOnlyOnRequest(String subject, String field, String use) {
    if (!subject.isEmpty()) {
      store(subject);
    }
    consumers(field.isEmpty() ? "" : ",\"" + field + "\":1");
    PartitionAdminDriver partition = partition();
    assertThatThrownBy(() -> partition.delete(false, soon()))
        .as(use)
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContainingAll("partition p is in use", use.endsWith("wait") ? use : "");
    assertThat(asked("CONSUMER.DELETE")).isEmpty();
    assertThat(asked("STREAM.PURGE")).isEmpty();
    partition.delete(true, soon());
    assertThat(asked("CONSUMER.DELETE"))
        .as("priority 0 is the last one, so that the partition exists until then")
        .containsExactly(
            "CONSUMER.DELETE.jetlane.p@2 ",
            "CONSUMER.DELETE.jetlane.p@1 ",
            "CONSUMER.DELETE.jetlane.p ");
    assertThat(server.subjects()).isEmpty();
    partition.delete(false, soon());
  }

  @Test
  void anUnusedPartitionIsDeleted() {
    consumers("");
    partition().delete(false, soon());
    assertThat(asked("CONSUMER.DELETE")).hasSize(3);
  }

  /** Its mover makes it ready between the two requests that count the tasks. */
  @Test
  void aTaskThatMovesDuringACountIsSeen() {
    consumers("");
    AtomicBoolean moved = new AtomicBoolean();
    server.answer(
        "STREAM.INFO.jetlane",
        body -> {
          String subject = moved.get() ? "jetlane.p" : "jetlane.p.@later.dA";
          boolean ofPartition = body.contains("\"jetlane.p");
          boolean seen = ofPartition && body.contains("jetlane.p.>") != moved.get();
          if (ofPartition) {
            moved.set(true);
          }
          String config =
              "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"jetlane\"},";
          return body.contains("\"offset\":1") || !seen
              ? config + "\"state\":{}}"
              : config + "\"total\":1,\"state\":{\"subjects\":{\"" + subject + "\":1}}}";
        });
    PartitionAdminDriver partition = partition();
    moved.set(false);
    assertThat(partition.summary(soon()).stats())
        .as("in both places, and not in neither")
        .isEqualTo(new Stats(1, 0, 0, 1, 0));
    moved.set(false);
    assertThatThrownBy(() -> partition.delete(false, soon()))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("partition p is in use");
    assertThat(asked("STREAM.PURGE")).isEmpty();
    assertThat(asked("CONSUMER.DELETE")).isEmpty();
  }

  @Test
  void aPurgeCountsEachPlace() {
    consumers("");
    store("jetlane.p", "jetlane.p.@priority.2", "jetlane.p.@later.dA", "jetlane.p.@later.dA.off");
    store("jetlane.q", "jetlane-dead.p.1");
    assertThat(partition().purge(soon())).isEqualTo(3);
    assertThat(server.subjects())
        .containsExactly("jetlane.p.@later.dA.off", "jetlane.q", "jetlane-dead.p.1");
  }

  @ParameterizedTest
  @CsvSource({"2.10.29, false", "2.11.0, true", "2.15.1, true"})
  void pausesNeedAServerThatHasThem(String version, boolean possible) {
    server.script().information("\"version\":\"" + version + "\"");
    consumers(TIME);
    server.answer("CONSUMER.PAUSE", body -> "{\"paused\":true}");
    PartitionAdminDriver partition = partition();
    if (possible) {
      partition.pause(Duration.ofHours(1), soon());
      partition.resume(soon());
    } else {
      assertThatThrownBy(() -> partition.pause(Duration.ofHours(1), soon()))
          .isInstanceOf(NotSupportedException.class)
          .hasMessageContainingAll(version, "2.11.0");
      assertThatThrownBy(() -> partition.resume(soon())).isInstanceOf(NotSupportedException.class);
    }
    assertThat(asked("CONSUMER.PAUSE")).hasSize(possible ? 3 : 0);
  }

  @Test
  void eachPriorityIsPausedUntilTheSameTimeOfTheServer() {
    consumers(TIME);
    server.answer("CONSUMER.PAUSE", body -> "{\"paused\":true}");
    partition().pause(Duration.ofHours(1), soon());
    assertThat(asked("CONSUMER.PAUSE"))
        .hasSize(3)
        .allMatch(one -> one.contains("2026-01-01T01:00"));
  }

  /** The pause was over before the server read the request, which therefore woke no pull. */
  @Test
  void aResumeThatIsTooLateIsRepeatedForEachPausedPriority() {
    consumers(TIME + ",\"paused\":true,\"pause_remaining\":60000000000");
    server.consumer("jetlane", "p@1", "jetlane.p.@priority.1", TIME);
    AtomicInteger tries = new AtomicInteger();
    server.answer(
        "CONSUMER.PAUSE",
        body ->
            tries.incrementAndGet() % 3 == 0
                ? "{\"paused\":true,\"pause_remaining\":1000000}"
                : "{\"paused\":false}");
    partition().resume(soon());
    assertThat(tries.get()).isEqualTo(6);
    assertThat(asked("CONSUMER.PAUSE.jetlane.p@1")).isEmpty();
    assertThat(asked("CONSUMER.PAUSE"))
        .as("a moment after the time of the server")
        .allMatch(one -> one.contains("2026-01-01T00:00:00."));
  }

  /** The server ends the pause without this client. */
  @Test
  void anInterruptEndsTheWaitOfAResumeAndStaysSet() throws Exception {
    consumers(TIME + ",\"paused\":true,\"pause_remaining\":60000000000");
    server.answer("CONSUMER.PAUSE", body -> "{\"paused\":true,\"pause_remaining\":10000000000}");
    PartitionAdminDriver partition = partition();
    Thread caller = Thread.currentThread();
    Thread other =
        new Thread(
            () -> {
              TestQueues.await("its wait", () -> isPausing(caller));
              caller.interrupt();
            });
    other.setDaemon(true);
    other.start();
    Throwable error = catchThrowable(() -> partition.resume(soon()));
    assertThat(Thread.interrupted()).isTrue();
    // The kept interrupt ends the exchange for the next priority, unless its answer is faster.
    if (error != null) {
      assertThat(error)
          .isInstanceOf(OutcomeUnknownException.class)
          .hasMessageContaining("interrupted");
    }
    other.join();
  }

  private static boolean isPausing(Thread caller) {
    return Stream.of(caller.getStackTrace())
        .anyMatch(
            call ->
                call.getClassName().equals(ConnectionMonitor.class.getName())
                    && call.getMethodName().equals("pause"));
  }

  @Test
  void aConsumerThatIsGoneCannotBePaused() {
    consumers(TIME);
    PartitionAdminDriver partition = partition();
    server.answer("CONSUMER.INFO", body -> AnsweringServer.error(404, 10014));
    assertThatThrownBy(() -> partition.pause(Duration.ofHours(1), soon()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("partition p is gone");
    assertThatThrownBy(() -> partition.resume(soon()))
        .isInstanceOf(QueueUnavailableException.class);
  }

  /** The partition has no tasks, so only its consumers show that it exists. */
  @Test
  void aDeletionThatWasInterruptedCanBeRepeated() {
    consumers("");
    server.answer("CONSUMER.DELETE.jetlane.p@1", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(() -> partition().delete(false, soon()))
        .isInstanceOf(OutcomeUnknownException.class);
    assertThat(admin.partitions(soon())).extracting(PartitionSummary::name).contains("p");
    assertThat(admin.priorities("p", soon())).isEqualTo(1);
    server.answer("CONSUMER.DELETE.jetlane.p@1", body -> "{\"success\":true}");
    server.forget();
    partition().delete(false, soon());
    assertThat(asked("CONSUMER.DELETE")).contains("CONSUMER.DELETE.jetlane.p ");
  }

  /** The server decides by its own clock, which goes on between the tries. */
  @Test
  void eachTryOfAResumeEndsAfterItsOwnTimeOfTheServer() {
    AtomicInteger second = new AtomicInteger();
    consumers(TIME);
    server.answer(
        "CONSUMER.INFO.jetlane.p",
        body ->
            "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"jetlane\",\"name\":\"p\","
                + "\"config\":{\"filter_subject\":\"jetlane.p\"},\"paused\":true,"
                + "\"pause_remaining\":60000000000,\"ts\":\"2026-01-01T00:00:%02dZ\"}"
                    .formatted(second.incrementAndGet()));
    server.answer("CONSUMER.INFO.jetlane.p@1", body -> AnsweringServer.error(404, 10014));
    AtomicInteger tries = new AtomicInteger();
    Set<Integer> seconds = ConcurrentHashMap.newKeySet();
    server.answer(
        "CONSUMER.PAUSE",
        until -> {
          seconds.add(second.get());
          assertThat(until).contains("00:00:%02d.".formatted(second.get()));
          boolean inTime = tries.incrementAndGet() == 3;
          return inTime ? "{\"paused\":true,\"pause_remaining\":1}" : "{\"paused\":false}";
        });
    partition().resume(soon());
    assertThat(tries.get()).isEqualTo(3);
    assertThat(seconds).as("times of the server").hasSize(3);
  }

  /** A name that no client can open does not belong to a partition. */
  @ParameterizedTest
  @CsvSource({"1, true", "64, true", "65, false"})
  void aNameHasUpTo64Characters(int length, boolean valid) {
    store("jetlane." + "n".repeat(length));
    assertThat(admin.partitions(soon())).hasSize(valid ? 1 : 0);
  }

  /** Each partition of a queue of several streams is in one of them. */
  @Test
  void aPartitionIsReadAndChangedInItsOwnStream() {
    QueueLayout layout = session.settings.layout().withStreams(2);
    String name =
        IntStream.range(0, 100)
            .mapToObj(i -> "p" + i)
            .filter(each -> layout.address(each).index == 1)
            .findFirst()
            .orElseThrow();
    AnsweringServer second = new AnsweringServer("jetlane-1");
    String mark = ",\"description\":\"" + StreamMarks.ofStream(0, 2) + "\"";
    second.stream("jetlane", mark);
    second.stream("jetlane-1", "");
    Session own =
        new Session(
            TestQueues.settings(NatsOptions.defaults()), second.wire(), DriverEvents.none());
    PartitionAddress address = layout.address(name);
    second.consumer("jetlane-1", name, address.subject, ",\"num_ack_pending\":1");
    for (String subject : List.of(address.subject, address.subject, address.delayedSubject("t"))) {
      second.store(subject, new Headers(), Instant.EPOCH);
    }
    NatsAdmin both = new NatsAdmin(own);
    PartitionAdminDriver partition = Objects.requireNonNull(both.partitionAdmin(name, soon()));
    assertThat(second.asked())
        .as("the other stream has no task of the partition")
        .noneMatch(one -> one.startsWith("STREAM.INFO.jetlane {"));
    assertThat(partition.summary(soon()).stats()).isEqualTo(new Stats(1, 1, 0, 1, 0));
    assertThat(both.priorities(name, soon())).isEqualTo(1);
    assertThat(partition.find("seq-2", TimeUnit.MINUTES.toNanos(1))).isPresent();
    assertThat(partition.purge(soon())).isEqualTo(3);
    partition.delete(true, soon());
    assertThat(second.asked()).contains("CONSUMER.DELETE.jetlane-1." + name + " ");
    own.close();
  }

  /** This client has one priority in its settings, the partition on the server has three. */
  @Test
  void aLetterIsRedrivenToItsPriorityOnTheServer() {
    consumers("");
    server.store("jetlane-dead.p.7-1", new Headers().put(WireHeaders.PRIORITY, "2"), Instant.EPOCH);
    assertThat(partition().deadLetters().redrive("7-1", soon())).isTrue();
    assertThat(server.sent().get(0).subject()).isEqualTo("jetlane.p.@priority.2");
  }
}
