// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.jetlane.QueueConfig;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import io.nats.client.impl.Headers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each topic of an examination at its bounds, without a server. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class ExaminationTest {

  private final AnsweringServer server = new AnsweringServer("jetlane");
  private final List<String> advices = new ArrayList<>();
  private Session session;
  private boolean inMemory;
  private long maxBytes = -1;

  private void open(NatsOptions options) {
    session = new Session(TestQueues.settings(options), server.wire(), DriverEvents.none());
    server.stream("jetlane", ",\"subjects\":[\"jetlane.>\"]");
    server.stream("jetlane-dead", "");
    server.answer("STREAM.NAMES", body -> "{\"streams\":[\"jetlane\"]}");
    server.answer("INFO", body -> account("", ""));
    server.answer(".USER.INFO", body -> "{\"data\":{\"account\":\"A\"}}");
  }

  private void open() {
    open(NatsOptions.defaults());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static String account(String used, String limits) {
    return "{\"limits\":{%s},\"api\":{}%s}".formatted(limits, used);
  }

  /** Returns the findings of the topics with this start, as level, topic and evidence. */
  private List<String> findings(String topic) {
    return findings(topic, null);
  }

  private List<String> findings(String topic, @Nullable URI monitoring) {
    List<String> all = new ArrayList<>();
    advices.clear();
    ProvisioningTerms terms =
        new ProvisioningTerms(false, true, Drift.Response.FAIL, inMemory, 1, maxBytes);
    new Examination(
            session,
            terms,
            (level, about, evidence, advice) -> {
              if (about.startsWith(topic)) {
                all.add(level + " " + about + ": " + evidence);
                advices.add(advice);
              }
            })
        .run(monitoring);
    return all;
  }

  @Test
  void theTopicsHaveAnOrder() {
    open(NatsOptions.defaults().withStreams(2));
    List<String> topics =
        findings("").stream().map(each -> each.replaceAll("^\\w+ ([^:]+): .*", "$1")).toList();
    assertThat(topics)
        .containsSubsequence(
            "server",
            "limit of storage in bytes",
            "limit of memory in bytes",
            "limit of streams",
            "limit of consumers",
            "stream jetlane",
            "consumers of jetlane",
            "stream jetlane-1",
            "sync interval",
            "stream jetlane-dead",
            "partitions",
            "roles");
  }

  /** Each number is that of its own topic. */
  @Test
  void eachLimitIsThatOfItsTopic() {
    open();
    server.answer(
        "INFO",
        body ->
            account(
                ",\"memory\":1,\"storage\":2,\"streams\":3,\"consumers\":4",
                "\"max_memory\":100,\"max_storage\":200,\"max_streams\":300,\"max_consumers\":400"));
    assertThat(findings("limit of "))
        .containsExactly(
            "OK limit of storage in bytes: 2 of 200",
            "OK limit of memory in bytes: 1 of 100",
            "OK limit of streams: 3 of 300",
            "OK limit of consumers: 4 of 400");
    assertThat(advices).allMatch(String::isEmpty);
  }

  @ParameterizedTest
  @CsvSource({
    "79, 100, 'OK limit of streams: 79 of 100'",
    "80, 100, 'WARNING limit of streams: 80 of 100'",
    "100, 100, 'WARNING limit of streams: 100 of 100'",
    "0, 1, 'OK limit of streams: 0 of 1'",
    "9, -1, 'OK limit of streams: 9, no limit'",
    "9, 0, 'OK limit of streams: 9, no limit'"
  })
  void aLimitIsNearlyReachedFromFourFifthsOn(long used, long max, String finding) {
    open();
    server.answer("INFO", body -> account(",\"streams\":" + used, "\"max_streams\":" + max));
    assertThat(findings("limit of streams")).containsExactly(finding);
    assertThat(advices.get(0).isEmpty()).isEqualTo(finding.startsWith("OK"));
  }

  @ParameterizedTest
  @CsvSource({"-1, 0, 0", "0, 0, 0", "10000, 1, 0", "9999, 1, 1", "1, 1, 1"})
  void aLimitOfUnsettledTasksBelowTheSettingIsAProblem(long limit, int warnings, int problems) {
    open();
    server.answer("INFO", body -> account("", "\"max_ack_pending\":" + limit));
    List<String> found = findings("limit of max_ack_pending");
    assertThat(found).filteredOn(each -> each.startsWith("WARNING")).hasSize(warnings);
    assertThat(found)
        .filteredOn(each -> each.startsWith("PROBLEM"))
        .hasSize(problems)
        .allMatch(each -> each.endsWith("permits " + limit + ", the settings require 10000"));
  }

  @ParameterizedTest
  @CsvSource({
    "false, 500, 0, 501, 1",
    "false, 500, 0, 500, 0",
    "false, 0, 500, 501, 0",
    "true, 0, 500, 501, 1",
    "true, 500, 0, 501, 0",
    "false, 500, 500, -1, 0"
  })
  void aStreamMayBeAsLargeAsItsStorageAllows(
      boolean memory, long ofStorage, long ofMemory, long wanted, int problems) {
    open();
    inMemory = memory;
    maxBytes = wanted;
    server.answer(
        "INFO",
        body ->
            account(
                "",
                "\"storage_max_stream_bytes\":%d,\"memory_max_stream_bytes\":%d"
                    .formatted(ofStorage, ofMemory)));
    assertThat(findings("limit of bytes of a stream")).hasSize(problems);
  }

  private void infoOfStream(String fields) {
    server.answer(
        "STREAM.INFO.jetlane",
        body ->
            "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"jetlane\","
                + "\"subjects\":[\"jetlane.>\",\"more.>\"]}"
                + fields
                + "}");
  }

  /** The measurement has the accuracy of a round trip, so the margin is a second. */
  @ParameterizedTest
  @CsvSource({"-3100, WARNING", "-1000, OK", "0, OK", "1000, OK", "4000, WARNING"})
  void clocksThatDifferByTwoSecondsAreAWarning(long millis, String level) {
    open();
    server.answer(
        "STREAM.INFO.jetlane",
        body ->
            "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":{\"name\":\"jetlane\"},\"ts\":\"%s\"}"
                .formatted(Instant.now().plusMillis(millis)));
    assertThat(findings("clocks")).singleElement().asString().startsWith(level + " clocks: ");
    assertThat(advices.get(0).isEmpty()).isEqualTo(level.equals("OK"));
  }

  @Test
  void onlyTheFirstStreamShowsTheClock() {
    open(NatsOptions.defaults().withStreams(2));
    server.stream("jetlane-1", "");
    assertThat(findings("clocks"))
        .containsExactly("UNSEEN clocks: this server does not report its time");
  }

  @ParameterizedTest
  @CsvSource({"16, 2.15.0, OK", "17, 2.15.0, WARNING", "17, 2.12.4, OK", "17, 2.12.5, WARNING"})
  void manyConsumersAreAWarning(int consumers, String version, String level) {
    server.script().information("\"version\":\"" + version + "\"");
    open();
    infoOfStream(",\"state\":{\"consumer_count\":" + consumers + "}");
    assertThat(findings("stream jetlane"))
        .contains(level + " stream jetlane: " + consumers + " consumers");
  }

  /** Each subject of the stream is searched for, and the stream itself is no other one. */
  @Test
  void otherStreamsWithTheSameSubjectsAreProblems() {
    open();
    infoOfStream("");
    server.answer(
        "STREAM.NAMES",
        body ->
            body.equals("more.>")
                ? "{\"streams\":[\"jetlane\",\"x\",\"y\"]}"
                : "{\"streams\":[\"jetlane\"]}");
    assertThat(findings("stream jetlane"))
        .filteredOn(each -> each.startsWith("PROBLEM"))
        .containsExactly(
            "PROBLEM stream jetlane: stream x also stores subjects of more.>",
            "PROBLEM stream jetlane: stream y also stores subjects of more.>");
  }

  @Test
  void aMissingStreamNamesTheStreamsWithItsSubjects() {
    open(NatsOptions.defaults().withStreams(2));
    server.answer(
        "STREAM.NAMES", body -> body.equals("jetlane.1.>") ? "{\"streams\":[\"other\"]}" : "{}");
    assertThat(findings("stream jetlane-1"))
        .containsExactly("PROBLEM stream jetlane-1: does not exist; its subjects are in [other]");
    assertThat(advices.get(0)).contains("another subject prefix");
    server.answer("STREAM.NAMES", body -> "{}");
    assertThat(findings("stream jetlane-1"))
        .containsExactly("PROBLEM stream jetlane-1: does not exist");
    assertThat(advices.get(0)).contains("open a partition to create it");
    assertThat(findings("consumers of jetlane-1")).isEmpty();
  }

  private void consumer(String name, String filter, long most, String fields) {
    server.answer(
        "CONSUMER.INFO.jetlane." + name,
        body -> AnsweringServer.error(404, 10014)); // Its settings are not the topic.
    String config = "\",\"max_ack_pending\":" + most + ",\"x\":\"";
    server.consumer("jetlane", name, filter + config, fields);
  }

  @Test
  void foreignConsumersAreProblems() {
    open();
    consumer("p", "jetlane.p", 10, "");
    consumer("p@1", "jetlane.p.@priority.1", 10, "");
    consumer("@later", "jetlane.*.@later.>", 10, "");
    assertThat(findings("consumer")).containsExactly("OK consumers of jetlane: 2 of partitions");
    consumer("q", "jetlane.x", 10, "");
    consumer("@later", "jetlane.p.@later.>", 10, "");
    assertThat(findings("consumer"))
        .containsExactly(
            "PROBLEM consumer @later of jetlane: it consumes jetlane.p.@later.> and does not belong"
                + " to Jetlane",
            "PROBLEM consumer q of jetlane: it consumes jetlane.x and does not belong to Jetlane",
            "OK consumers of jetlane: 2 of partitions");
  }

  @ParameterizedTest
  @CsvSource({"10, 9, 0", "10, 10, 1", "10, 11, 1", "0, 11, 0", "-1, 11, 0"})
  void aPartitionAtItsLimitHandsOutNothing(long most, long outstanding, int problems) {
    open();
    consumer("p", "jetlane.p", most, ",\"num_ack_pending\":" + outstanding);
    assertThat(findings("partition p"))
        .filteredOn(each -> each.contains("no new task is handed out"))
        .hasSize(problems)
        .allMatch(
            each ->
                each.startsWith(
                    "PROBLEM partition p: " + outstanding + " of " + most + " outstanding"));
  }

  private void store(String subject, int count) {
    for (int i = 0; i < count; i++) {
      server.store(subject, new Headers(), Instant.EPOCH);
    }
  }

  /** Ready tasks, and neither a puller nor a reason. */
  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, false, 1",
    "0, 0, 0, false, 0",
    "2, 1, 0, false, 0",
    "1, 0, 1, false, 0",
    "1, 0, 0, true, 0"
  })
  void aPartitionThatNobodyPullsFromIsAProblem(
      int stored, int outstanding, int waiting, boolean paused, int problems) {
    open();
    store("jetlane.p", stored);
    String fields =
        ",\"num_ack_pending\":%d,\"num_waiting\":%d%s"
            .formatted(
                outstanding,
                waiting,
                paused ? ",\"paused\":true,\"pause_remaining\":5000000000" : "");
    consumer("p", "jetlane.p", 10, fields);
    List<String> found = findings("partition p");
    assertThat(found)
        .filteredOn(each -> each.startsWith("PROBLEM"))
        .hasSize(problems)
        .allMatch(
            each -> each.endsWith("1 tasks are ready, none is outstanding, and no pull waits"));
    assertThat(found)
        .filteredOn(each -> each.equals("WARNING partition p: paused for PT5S"))
        .hasSize(paused ? 1 : 0);
  }

  @Test
  void redeliveredTasksAreCounted() {
    open();
    consumer("p", "jetlane.p", 10, ",\"num_ack_pending\":3,\"num_redelivered\":2");
    consumer("q", "jetlane.q", 10, ",\"num_ack_pending\":3");
    assertThat(findings("partition "))
        .filteredOn(each -> each.contains("delivered more than once"))
        .containsExactly("WARNING partition p: 2 outstanding tasks were delivered more than once");
  }

  private void letters(String partition, String... reasons) {
    for (String reason : reasons) {
      Headers headers = new Headers().add(WireHeaders.REASON, reason);
      server.store(
          "jetlane-dead." + partition + "." + server.subjects().size(), headers, Instant.EPOCH);
    }
  }

  /** The three most frequent ones; of equally frequent ones the first by name. */
  @Test
  void theReasonsOfDeadLettersAreCounted() {
    open();
    letters("p", "d", "c", "b", "a", "c");
    letters("q", "x");
    assertThat(findings("partition "))
        .filteredOn(each -> each.contains("dead letters"))
        .containsExactly(
            "WARNING partition p: 5 dead letters: 2 x c, 1 x a, 1 x b",
            "WARNING partition q: 1 dead letters: 1 x x");
    assertThat(findings("partitions")).containsExactly("OK partitions: 2 found");
  }

  /** This is no defect of the queue, and the settings are compared nevertheless. */
  @Test
  void lettersThatTakeTooLongAreCountedWithoutReasons() {
    open(NatsOptions.defaults().withRequestTimeout(Duration.ofSeconds(3)));
    letters("p", "a", "b");
    server.answer("STREAM.MSG.GET.jetlane-dead", body -> null);
    List<String> found = findings("partition p");
    assertThat(found)
        .hasSize(2)
        .anyMatch(
            line -> line.startsWith("WARNING partition p: 2 dead letters: reasons not read: "));
    assertThat(found.get(1)).startsWith("WARNING partition p: stream jetlane exists with other");
  }

  /** The other topics are examined nevertheless. */
  @ParameterizedTest
  @ValueSource(strings = {"INFO", "STREAM.NAMES", "STREAM.INFO.jetlane-dead"})
  void aMissingRightIsNamedInItsTopic(String request) {
    open();
    store("jetlane.p", 1);
    consumer("p", "jetlane.p", 10, "");
    List<String> before = findings("");
    server.answer(
        request,
        body -> {
          server
              .wire()
              .errorOccurred(
                  server.connection(),
                  "Permissions Violation for Publish to \"$JS.API." + request + "\"");
          return null;
        });
    List<String> after = findings("");
    assertThat(after)
        .filteredOn(each -> each.startsWith("UNSEEN") && each.contains("$JS.API." + request))
        .isNotEmpty();
    assertThat(advices).contains("permit it: docs/permissions.conf");
    assertThat(after).last().isEqualTo(before.get(before.size() - 1));
  }

  @Test
  void anErrorIsAProblemOfItsTopic() {
    open();
    server.answer("INFO", body -> AnsweringServer.error(503, 10008));
    assertThat(findings("limits"))
        .containsExactly("PROBLEM limits: inspect the limits of the account: planted (10008)");
    assertThat(findings("roles")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"data\":{\"account\":\"A\"}}|OK roles: this user of account A may publish to every",
        "nonsense|UNSEEN roles: "
      })
  void theRightsOfTheUserAreRead(String answer, String finding) {
    open();
    server.answer(".USER.INFO", body -> answer);
    assertThat(findings("role")).singleElement().asString().startsWith(finding);
  }

  /** A user who may not list the partitions has the roles for all of them at most. */
  @Test
  void theRolesAreThoseOfTheFoundPartitions() {
    open();
    store("jetlane.p", 1);
    store("jetlane.q", 1);
    server.answer(
        ".USER.INFO",
        body -> "{\"data\":{\"permissions\":{\"publish\":{\"allow\":[\"jetlane.q\"]}}}}");
    assertThat(findings("role producer"))
        .containsExactly(
            "OK role producer: this user has its rights for q and lacks jetlane.p for p");
  }

  /** The error of a page that is missing repeats the address. */
  @Test
  void theUserOfTheMonitoringPortIsHidden() throws Exception {
    open();
    HttpServer port =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    port.start();
    String host = "127.0.0.1:" + port.getAddress().getPort();
    assertThat(findings("sync interval", URI.create("http://joe:s3cr3t@" + host)))
        .singleElement()
        .asString()
        .startsWith("UNSEEN sync interval: not readable from http://***@" + host + ": ")
        .doesNotContain("s3cr3t");
    port.stop(0);
  }

  @Test
  void withoutTheMonitoringPortTheSyncIntervalIsUnseen() {
    open(NatsOptions.defaults().withQueue(QueueConfig.defaults()));
    assertThat(findings("sync interval"))
        .containsExactly("UNSEEN sync interval: only the monitoring port of the server shows it");
  }
}
