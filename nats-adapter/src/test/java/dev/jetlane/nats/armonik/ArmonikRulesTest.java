// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.armonik;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Dialect;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.StreamConfiguration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tasks and the list of subjects of ArmoniK's queue, without a server. */
@Timeout(60)
class ArmonikRulesTest {

  private static final ArmonikDialect DIALECT = ArmonikDialect.INSTANCE;
  private static final StreamConfiguration WANTED =
      StreamConfiguration.builder().name("S").subjects("gpu").build();

  private final AnsweringServer server = new AnsweringServer("S");
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
  private final Dialect.SubjectList subjects = DIALECT.subjectList(session.api, session.monitor);

  @AfterEach
  void close() {
    session.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aTaskMayHaveItsIdAsPayloadOrNone() {
    assertThatCode(() -> DIALECT.check(Task.of("t", ""))).doesNotThrowAnyException();
    assertThatCode(() -> DIALECT.check(Task.of("t", "t"))).doesNotThrowAnyException();
    assertThatThrownBy(() -> DIALECT.check(Task.of("t", "u")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("payload of task");
    assertThatThrownBy(() -> DIALECT.check(Task.of("t", "t").withDelay(Duration.ofNanos(1))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("delay of task");
    assertThatThrownBy(() -> DIALECT.check(Task.of("t", "").withDeadline(Instant.EPOCH)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("deadline of task");
  }

  @Test
  void aStoredTaskHasItsIdAsPayloadAndItsHeaders() {
    Task stored = DIALECT.stored(Task.of("t", "").withHeader("Color", "blue"));
    assertThat(stored.payload()).isEqualTo(utf8("t"));
    assertThat(stored.headers()).containsOnlyKeys("Color");
    assertThat(stored.id()).isEqualTo("t");
    assertThat(DIALECT.hasDelays()).isFalse();
  }

  @Test
  void aPayloadThatIsNoIdIsNone() {
    assertThat(DIALECT.taskId(utf8("t-1"))).isEqualTo("t-1");
    assertThat(DIALECT.taskId(utf8("x".repeat(256)))).hasSize(256);
    assertThat(DIALECT.taskId(utf8("x".repeat(257)))).isNull();
    assertThat(DIALECT.taskId(new byte[0])).isNull();
    assertThat(DIALECT.taskId(utf8("\u00e9"))).isNull();
  }

  private void streamHas(String list) {
    server.stream("S", ",\"subjects\":[" + list + "]");
  }

  private long changes() {
    return server.asked().stream().filter(one -> !one.startsWith("STREAM.INFO")).count();
  }

  private static long within(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static void unexpected(StreamConfiguration wanted) {
    throw new AssertionError("nothing is created, but " + wanted);
  }

  @Test
  void aListedSubjectChangesNothing() {
    streamHas("\"cpu\",\"gpu\"");
    subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000));
    subjects.provide("gpu", WANTED, null, within(60_000));
    assertThat(changes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aClientThatMayChangeNothingFails(boolean exists) {
    if (exists) {
      streamHas("\"cpu\"");
    }
    assertThatThrownBy(() -> subjects.provide("gpu", WANTED, null, within(60_000)))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("stream S or its subject gpu does not exist");
    assertThat(changes()).isZero();
  }

  @Test
  void aMissingStreamIsCreatedAsWanted() {
    AtomicInteger created = new AtomicInteger();
    var unused =
        subjects.provide(
            "gpu",
            WANTED,
            wanted -> {
              assertThat(wanted).isSameAs(WANTED);
              created.incrementAndGet();
              streamHas("\"gpu\"");
            },
            within(60_000));
    assertThat(created.get()).isEqualTo(1);
    assertThat(changes()).isZero();
  }

  /** A subject whose update was lost is that of a consumer, so each update repairs the list. */
  @Test
  void anAddedSubjectKeepsTheOthersAndThoseOfTheConsumers() {
    streamHas("\"cpu\"");
    server.consumer("S", "lost", "lost", "");
    server.consumer("S", "all", "", "");
    server.answer(
        "STREAM.UPDATE",
        body -> {
          streamHas("\"cpu\",\"gpu\",\"lost\"");
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}";
        });
    var unused = subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000));
    List<String> updates =
        server.asked().stream().filter(one -> one.startsWith("STREAM.UPDATE.S ")).toList();
    assertThat(updates).hasSize(1);
    assertThat(updates.get(0)).contains("\"subjects\":[\"cpu\",\"gpu\",\"lost\"]");
  }

  /** Another client overwrites the list each time. */
  @Test
  void aSubjectThatIsLostEachTimeFailsAtTheDeadline() {
    streamHas("\"cpu\"");
    AtomicInteger updates = new AtomicInteger();
    server.answer(
        "STREAM.UPDATE",
        body -> {
          updates.incrementAndGet();
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}";
        });
    assertThatThrownBy(
            () -> subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(150)))
        .isInstanceOf(dev.jetlane.TaskQueueException.class)
        .hasMessageContaining("S");
    assertThat(updates.get()).isPositive();
  }

  /** The first update is lost to another client. */
  @Test
  void aLostSubjectIsAddedAgain() {
    streamHas("\"cpu\"");
    AtomicInteger updates = new AtomicInteger();
    server.answer(
        "STREAM.UPDATE",
        body -> {
          if (updates.incrementAndGet() == 3) {
            streamHas("\"cpu\",\"gpu\"");
          }
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}";
        });
    var unused = subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000));
    assertThat(updates.get()).isEqualTo(3);
  }

  /** A client that read the list before this write overwrites it during the pause. */
  @Test
  void eachUpdateIsFollowedByAPause() {
    streamHas("\"cpu\"");
    AtomicInteger updates = new AtomicInteger();
    server.answer(
        "STREAM.UPDATE",
        body -> {
          if (updates.incrementAndGet() == 2) {
            streamHas("\"cpu\",\"gpu\"");
          }
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}";
        });
    long beganNanos = System.nanoTime();
    var unused = subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000));
    assertThat(System.nanoTime() - beganNanos).isGreaterThanOrEqualTo(2 * 20_000_000L);
    assertThat(updates.get()).isEqualTo(2);
  }

  /** The thread waits for the writes of other clients. */
  @Test
  void anInterruptOfThePauseEndsTheCallAndStaysSet() throws Exception {
    streamHas("\"cpu\"");
    server.answer(
        "STREAM.UPDATE",
        body -> "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}");
    Thread caller = Thread.currentThread();
    Thread other =
        new Thread(
            () -> {
              while (Stream.of(caller.getStackTrace())
                  .noneMatch(frame -> frame.getMethodName().equals("pause"))) {
                Thread.onSpinWait();
              }
              caller.interrupt();
            });
    other.start();
    assertThatThrownBy(
            () -> subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000)))
        .isInstanceOf(dev.jetlane.TaskQueueException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    other.join();
  }

  @Test
  void anInterruptEndsTheCallAndStaysSet() {
    streamHas("\"cpu\"");
    Thread caller = Thread.currentThread();
    AtomicInteger updates = new AtomicInteger();
    server.answer(
        "STREAM.UPDATE",
        body -> {
          updates.incrementAndGet();
          caller.interrupt();
          return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"S\"}}";
        });
    assertThatThrownBy(
            () -> subjects.provide("gpu", WANTED, ArmonikRulesTest::unexpected, within(60_000)))
        .isInstanceOf(dev.jetlane.TaskQueueException.class)
        .hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(updates.get()).isEqualTo(1);
  }
}
