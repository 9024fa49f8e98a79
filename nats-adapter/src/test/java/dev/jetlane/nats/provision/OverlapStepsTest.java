// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.support.JsonParser;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two streams with the same subjects, without a server. */
@Timeout(60)
class OverlapStepsTest {

  private static final String NOON = "2026-01-01T12:00:00Z";
  private static final StreamConfiguration WANTED =
      StreamConfiguration.builder().name("mine").subjects("s.>", "t.>").build();

  private final AnsweringServer server = new AnsweringServer("mine");
  private final Session session =
      new Session(TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
  private final SubjectOverlap overlap = new SubjectOverlap(session.api);

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private static String info(String name, String created, int messages) {
    return "{\"created\":\"%s\",\"config\":{\"name\":\"%s\"},\"state\":{\"messages\":%d}}"
        .formatted(created, name, messages);
  }

  private static StreamInfo mine(int messages) throws Exception {
    return new StreamInfo(JsonParser.parse(info("mine", NOON, messages)));
  }

  private void streams(String... names) {
    String list = String.join("\",\"", names);
    server.answer("STREAM.NAMES", body -> "{\"streams\":[\"" + list + "\"]}");
  }

  private void other(String name, String created) {
    server.answer("STREAM.INFO." + name, body -> info(name, created, 7));
  }

  private List<String> deletions() {
    return server.asked().stream().filter(one -> one.startsWith("STREAM.DELETE")).toList();
  }

  /** Of two streams of the same moment the one whose name comes first is the older one. */
  @ParameterizedTest
  @CsvSource({
    "2026-01-01T11:59:59.999999999Z, other, true",
    "2026-01-01T12:00:00.000000001Z, other, false",
    "2026-01-01T12:00:00.000000001Z, another, false",
    "2026-01-01T12:00:00Z, another, true",
    "2026-01-01T12:00:00Z, other, false"
  })
  void onlyAnOlderStreamIsInTheWay(String created, String name, boolean inTheWay) throws Exception {
    streams("mine", name);
    other(name, created);
    server.answer("STREAM.DELETE.mine", body -> "{\"success\":true}");
    if (inTheWay) {
      assertThatThrownBy(() -> overlap.requireNone(WANTED, mine(0), soon()))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessage(
              "stream mine cannot have the subjects s.>, t.>: they overlap with those of stream "
                  + name
                  + ". Give each deployment on a server its own stream and its own subject prefix");
      assertThat(deletions()).hasSize(1);
    } else {
      overlap.requireNone(WANTED, mine(0), soon());
      assertThat(deletions()).isEmpty();
    }
  }

  /** A stream with a task stays, and so does one that cannot be deleted. */
  @ParameterizedTest
  @CsvSource({"0, true, 1", "0, false, 1", "1, true, 0"})
  void theYoungerStreamIsDeletedUnlessItHasTasks(int messages, boolean deletable, int deletions) {
    streams("mine", "other");
    other("other", "2025-01-01T00:00:00Z");
    server.answer(
        "STREAM.DELETE.mine",
        body -> deletable ? "{\"success\":true}" : AnsweringServer.error(500, 10000));
    for (int time = 1; time <= 2; time++) {
      assertThatThrownBy(() -> overlap.requireNone(WANTED, mine(messages), soon()))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContaining("stream other");
      assertThat(deletions()).hasSize(deletions * time).allMatch("STREAM.DELETE.mine "::equals);
    }
  }

  /** Another client has deleted it already. */
  @Test
  void aStreamThatIsDeletedTwiceIsNoOtherError() {
    streams("mine", "other");
    other("other", "2025-01-01T00:00:00Z");
    server.answer("STREAM.DELETE.mine", body -> AnsweringServer.error(404, 10059));
    assertThatThrownBy(() -> overlap.requireNone(WANTED, mine(0), soon()))
        .isInstanceOf(ConfigDriftException.class);
  }

  /** The first of the others is younger, the second one is gone, the third one is older. */
  @Test
  void eachOtherStreamIsCompared() {
    streams("d", "mine", "b", "c", "a");
    other("a", "2026-01-02T00:00:00Z");
    server.answer("STREAM.INFO.b", body -> AnsweringServer.error(404, 10059));
    other("c", "2025-01-01T00:00:00Z");
    other("d", "2024-01-01T00:00:00Z");
    assertThatThrownBy(() -> overlap.requireNone(WANTED, mine(1), soon()))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("those of stream c.");
    assertThat(server.asked()).contains("STREAM.NAMES s.>");
  }

  @Test
  void aStreamThatIsAloneOrWithoutAnAnswerIsAccepted() throws Exception {
    streams("mine");
    overlap.requireNone(WANTED, mine(0), soon());
    server.answer("STREAM.NAMES", body -> "{}");
    overlap.requireNone(WANTED, mine(0), soon());
    assertThat(server.asked()).allMatch(one -> one.startsWith("STREAM.NAMES"));
  }

  private void deny(String subject) {
    server.answer(
        subject,
        body -> {
          server
              .wire()
              .errorOccurred(
                  server.connection(),
                  "Permissions Violation for Publish to \"$JS.API." + subject + "\"");
          return null;
        });
  }

  /** A client that may not look trusts the server. */
  @Test
  void aClientThatMayNotLookSeesNoOtherStream() throws Exception {
    deny("STREAM.NAMES");
    overlap.requireNone(WANTED, mine(0), soon());
    streams("mine", "other");
    deny("STREAM.INFO.other");
    overlap.requireNone(WANTED, mine(0), soon());
    assertThat(deletions()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"10058", "0"})
  void aStreamMayExistAlready(int errorCode) {
    server.answer(
        "STREAM.CREATE.mine",
        body -> errorCode == 0 ? info("mine", NOON, 0) : AnsweringServer.error(400, errorCode));
    assertThatCode(() -> overlap.create(WANTED, soon())).doesNotThrowAnyException();
    assertThat(server.asked()).singleElement().asString().startsWith("STREAM.CREATE.mine {");
  }

  @ParameterizedTest
  @CsvSource({"'z,mine,k', stream k", "mine, another stream"})
  void aRefusedOverlapNamesTheOtherStream(String names, String named) {
    server.answer("STREAM.CREATE.mine", body -> AnsweringServer.error(400, 10065));
    streams(names.split(",", -1));
    assertThatThrownBy(() -> overlap.create(WANTED, soon()))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("overlap with those of " + named + ".");
    assertThat(deletions()).isEmpty();
  }

  @Test
  void anotherRefusalIsTheErrorOfTheCreation() {
    server.answer("STREAM.CREATE.mine", body -> AnsweringServer.error(400, 10025));
    assertThatThrownBy(() -> overlap.create(WANTED, soon()))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("create stream mine");
  }
}
