// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.PushWatch;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.TaskPush;
import dev.jetlane.nats.request.Warnings;
import io.nats.client.api.ConsumerConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each request of a client that creates or checks a partition, without a server. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // Each test opens what it needs.
class ProvisionerStepsTest {

  /** The requests that find nothing and create a partition of one stream. */
  private static final List<String> FIRST =
      List.of(
          "STREAM.INFO.S",
          "STREAM.CREATE.S",
          "STREAM.INFO.S",
          "STREAM.NAMES",
          "STREAM.INFO.S-dead",
          "STREAM.CREATE.S-dead",
          "STREAM.INFO.S-dead",
          "STREAM.NAMES",
          "CONSUMER.INFO.S.@later",
          "CONSUMER.CREATE.S.@later",
          "CONSUMER.INFO.S.@later",
          "CONSUMER.INFO.S.p",
          "CONSUMER.CREATE.S.p",
          "CONSUMER.INFO.S.p");

  private final AnsweringServer server = new AnsweringServer("S");
  private final CreatingServer created = new CreatingServer(server);
  private final Warnings warnings = new Warnings();
  private Session session;
  private Provisioner provisioner;

  private void open(NatsOptions options) {
    NatsOptions named = options.withStream("S");
    session = new Session(TestQueues.settings(named), server.wire(), warnings);
    provisioner = new Provisioner(session, TestQueues.terms(named));
    for (int index = 0; index < session.settings.layout().streams(); index++) {
      created.permitStream(session.settings.layout().streamName(index));
      created.permitConsumer(session.settings.layout().streamName(index), "@later");
    }
    created.permitStream("S-dead");
    server.forget();
  }

  private void again(NatsOptions options) {
    session.close();
    open(options);
  }

  private List<ConsumerConfiguration> provision(String partition) {
    List<PartitionAddress> addresses = session.settings.layout().addresses(partition);
    addresses.forEach(each -> created.permitConsumer(each.stream, each.consumer));
    return provisioner.provision(addresses, soon());
  }

  @AfterEach
  void close() {
    session.close();
  }

  private static long soon() {
    return System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
  }

  private static NatsOptions options() {
    return NatsOptions.defaults();
  }

  @Test
  void aMissingPartitionIsCreatedInOrderAndThenOnlyChecked() {
    open(options());
    assertThat(provision("p")).hasSize(1);
    assertThat(created.asked()).isEqualTo(FIRST);
    assertThat(provisioner.created()).isEqualTo(4);
    provision("p");
    assertThat(created.asked()).containsExactly("CONSUMER.INFO.S.p");
    assertThat(provision("q")).hasSize(1);
    assertThat(created.asked())
        .as("a missing consumer: its stream may have changed too")
        .containsExactly(
            "CONSUMER.INFO.S.q",
            "STREAM.INFO.S",
            "STREAM.NAMES",
            "STREAM.INFO.S-dead",
            "STREAM.NAMES",
            "CONSUMER.INFO.S.@later",
            "CONSUMER.CREATE.S.q",
            "CONSUMER.INFO.S.q");
    assertThat(provisioner.created()).isEqualTo(5);
    assertThat(warnings.texts()).isEmpty();
  }

  /** The first stream has the number of streams, so it exists with each of the others. */
  @Test
  void aPartitionOfALaterStreamHasAlsoTheFirstStream() {
    open(options().withStreams(8));
    PartitionAddress gpu = session.settings.layout().address("gpu");
    assertThat(gpu.stream).isEqualTo("S-5");
    provision("gpu");
    assertThat(created.exist()).containsExactly("S", "S-5", "S-dead", "S-5.@later", "S-5.gpu");
    provision("cpu");
    assertThat(created.exist())
        .contains("S-3", "S-3.@later", "S-3.cpu")
        .doesNotContain("S.@later", "S-4");
    assertThat(provisioner.created()).isEqualTo(8);
    created.asked();
    provision("cpu");
    provision("gpu");
    assertThat(created.asked()).containsExactly("CONSUMER.INFO.S-3.cpu", "CONSUMER.INFO.S-5.gpu");
  }

  @Test
  void eachPriorityHasItsConsumer() {
    open(options().withQueue(QueueConfig.defaults().withPriorities(3)));
    assertThat(provision("p"))
        .extracting(ConsumerConfiguration::getDurable)
        .containsExactly("p", "p@1", "p@2");
    assertThat(provisioner.created()).isEqualTo(6);
    created.asked();
    provision("p");
    assertThat(created.asked())
        .containsExactly("CONSUMER.INFO.S.p", "CONSUMER.INFO.S.p@1", "CONSUMER.INFO.S.p@2");
  }

  @Test
  void eachMissingObjectIsCreatedAgain() {
    open(options().withQueue(QueueConfig.defaults().withPriorities(2)));
    provision("p");
    List<String> all = created.exist();
    for (String consumer : List.of("p", "p@1")) {
      created.deleteConsumer("S", consumer);
      provision("p");
      assertThat(created.exist()).as("after the deletion of %s", consumer).isEqualTo(all);
    }
    created.deleteStream("S");
    provisioner.lookAgain();
    provision("p");
    assertThat(created.exist()).isEqualTo(all);
    created.deleteStream("S-dead");
    created.deleteConsumer("S", "@later");
    provision("p");
    assertThat(created.exist()).as("nothing is known to be missing").isNotEqualTo(all);
    provisioner.lookAgain();
    provision("p");
    assertThat(created.exist()).isEqualTo(all);
  }

  /** Otherwise the next call would trust what this one saw before its error. */
  @Test
  void anErrorForgetsWhatWasChecked() {
    open(options());
    provision("p");
    created.asked();
    server.answer("CONSUMER.INFO.S.q", body -> AnsweringServer.error(503, 10008));
    List<PartitionAddress> addresses = session.settings.layout().addresses("q");
    assertThatThrownBy(() -> provisioner.provision(addresses, soon()))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageContaining("inspect partition q");
    created.asked();
    provision("p");
    assertThat(created.asked()).contains("STREAM.INFO.S", "STREAM.INFO.S-dead");
  }

  @Test
  void aClientThatChecksNothingAsksNothing() {
    open(options().withProvisioning(NatsOptions.Provisioning.NONE));
    for (int i = 1; i <= 17; i++) {
      assertThat(provision("p" + i)).isEmpty();
    }
    assertThat(created.asked()).isEmpty();
    assertThat(provisioner.creates()).isFalse();
    assertThat(provisioner.warnings()).as("it counts its partitions").hasSize(1);
    assertThat(warnings.texts()).isEqualTo(provisioner.warnings());
  }

  @Test
  void aClientThatCreatesNothingNamesWhatIsMissing() {
    open(options());
    provision("p");
    again(options().withProvisioning(NatsOptions.Provisioning.VERIFY));
    assertThat(provisioner.creates()).isFalse();
    assertThat(provision("p")).hasSize(1);
    assertThat(created.asked())
        .as("it does not search for other streams")
        .containsExactly(
            "STREAM.INFO.S", "STREAM.INFO.S-dead", "CONSUMER.INFO.S.@later", "CONSUMER.INFO.S.p");
    assertThatThrownBy(() -> provision("q"))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("partition q does not exist: no such consumer of stream S");
    created.deleteStream("S-dead");
    assertThatThrownBy(() -> provision("p"))
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessage("stream S-dead does not exist");
    assertThat(created.asked()).noneMatch(one -> one.contains("CREATE"));
    assertThat(provisioner.created()).isZero();
  }

  /** Another client creates the same objects at the same time. */
  @Test
  void anObjectThatExistsMeanwhileIsChecked() {
    open(options());
    provision("p");
    AtomicInteger asked = new AtomicInteger();
    for (int code : new int[] {10148, 10013}) {
      again(options());
      asked.set(0);
      List<PartitionAddress> addresses = session.settings.layout().addresses("p");
      server.answer("CONSUMER.CREATE.S.p", body -> AnsweringServer.error(400, code));
      server.answer(
          "CONSUMER.INFO.S.p",
          body ->
              asked.incrementAndGet() == 1
                  ? AnsweringServer.error(404, 10014)
                  : "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"S\",\"name\":\"p\","
                      + "\"config\":{\"durable_name\":\"p\",\"filter_subject\":\"jetlane.x\"}}");
      assertThatThrownBy(() -> provisioner.provision(addresses, soon()))
          .as("code %s", code)
          .isInstanceOf(ConfigDriftException.class)
          .hasMessageContaining("partition p exists with other settings");
    }
  }

  @Test
  void anotherRefusalOfAConsumerIsTheError() {
    open(options());
    List<PartitionAddress> addresses = session.settings.layout().addresses("p");
    server.answer("CONSUMER.INFO.S.p", body -> AnsweringServer.error(404, 10014));
    server.answer("CONSUMER.CREATE.S.p", body -> AnsweringServer.error(400, 10026));
    assertThatThrownBy(() -> provisioner.provision(addresses, soon()))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("create partition p: planted (10026)");
  }

  private static String tooManyPending(int limit) {
    return """
        {"error":{"code":400,"err_code":10121,\
        "description":"consumer max ack pending exceeds system limit of %d"}}"""
        .formatted(limit);
  }

  private void limitOfTheAccount(List<String> bodies) {
    server.answer(
        "CONSUMER.CREATE.S.@later",
        body -> {
          bodies.add(body);
          return body.contains("\"max_ack_pending\":20000") ? later(body) : tooManyPending(20_000);
        });
    server.answer(
        "CONSUMER.INFO.S.@later",
        body -> bodies.isEmpty() ? AnsweringServer.error(404, 10014) : later(bodies.get(1)));
  }

  /** The account permits fewer unsettled messages; each client reports it. */
  @Test
  void theDelayedTasksGetTheLimitOfTheAccount() {
    List<String> bodies = new ArrayList<>();
    open(options());
    limitOfTheAccount(bodies);
    provision("p");
    assertThat(bodies).hasSize(2);
    assertThat(bodies.get(0)).contains("\"max_ack_pending\":1000000000");
    assertThat(warnings.texts())
        .containsExactly(
            "stream S can time at most 20000 delayed tasks (max_ack_pending of its consumer"
                + " @later): if there are more, some become ready late");
    again(options());
    limitOfTheAccount(bodies);
    provision("p");
    assertThat(bodies).as("the consumer exists").hasSize(2);
    assertThat(warnings.texts()).hasSize(2);
    provision("p");
    assertThat(warnings.texts()).as("once per client and stream").hasSize(2);
  }

  private static String later(String config) {
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"S\",\"name\":\"@later\",\"config\":"
        + config
        + "}";
  }

  @ParameterizedTest
  @ValueSource(strings = {"other code", "no number"})
  void anotherRefusalOfTheDelayedTasksIsTheError(String kind) {
    open(options());
    server.answer(
        "CONSUMER.CREATE.S.@later",
        body ->
            kind.equals("other code")
                ? tooManyPending(9).replace("10121", "10122")
                : AnsweringServer.error(400, 10121));
    assertThatThrownBy(() -> provision("p"))
        .isInstanceOf(QueueRejectedException.class)
        .hasMessageContaining("create partition @later");
    assertThat(created.asked())
        .filteredOn("CONSUMER.CREATE.S.@later"::equals)
        .as("it is not tried with another limit")
        .hasSize(1);
  }

  private static NatsOptions changing() {
    return options()
        .withDriftPolicy(NatsOptions.DriftPolicy.UPDATE)
        .withQueue(
            QueueConfig.defaults()
                .withLease(Duration.ofSeconds(77))
                .withDedupWindow(Duration.ofSeconds(7)));
  }

  @Test
  void otherSettingsAreChangedOnce() {
    open(options());
    provision("p");
    again(changing());
    assertThat(provision("p").get(0).getAckWait()).isEqualTo(Duration.ofSeconds(77));
    assertThat(created.asked())
        .filteredOn(one -> one.contains("UPDATE") || one.contains("CREATE"))
        .containsExactly("STREAM.UPDATE.S", "STREAM.UPDATE.S-dead", "CONSUMER.CREATE.S.p");
    assertThat(warnings.texts()).hasSize(3).allMatch(text -> text.contains("changed: "));
    assertThat(provisioner.created()).as("a change is no creation").isZero();
    again(changing());
    provision("p");
    assertThat(created.asked()).noneMatch(one -> one.matches(".*(UPDATE|CREATE).*"));
  }

  /** A server that answers with the old settings has not changed them. */
  @ParameterizedTest
  @CsvSource({"STREAM.UPDATE.S, stream S exists", "CONSUMER.CREATE.S.p, partition p exists"})
  void aChangeWithoutEffectIsAnError(String request, String text) {
    open(options());
    provision("p");
    again(changing());
    created.permitConsumer("S", "p");
    String name = request.startsWith("STREAM") ? "S" : "S.p";
    server.answer(request, body -> created.describe(name));
    List<PartitionAddress> addresses = session.settings.layout().addresses("p");
    assertThatThrownBy(() -> provisioner.provision(addresses, soon()))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContainingAll(text, "wanted PT");
  }

  @Test
  void aStreamOfALaterFormatIsRefused() {
    open(options());
    provision("p");
    created.edit("S", "\"jetlane.wire\":\"1\"", "\"jetlane.wire\":\"2\"");
    again(changing());
    assertThatThrownBy(() -> provision("p"))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessageContaining("stream S has version 2");
    assertThat(created.asked()).containsExactly("STREAM.INFO.S");
  }

  @Test
  void acceptedSettingsStay() {
    open(options());
    provision("p");
    again(changing().withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT));
    provision("p");
    assertThat(warnings.texts()).allMatch(text -> text.contains("accepted: ")).hasSize(3);
    assertThat(provision("p").get(0).getAckWait()).isEqualTo(QueueConfig.defaults().lease());
  }

  /** The server would store a later repetition as another task. */
  @ParameterizedTest
  @CsvSource({"120000000000, true", "100000000, false"})
  void aPushIsRepeatedOnlyWithinTheWindowOfTheServer(String windowNanos, boolean repeated) {
    open(options());
    provision("p");
    String field = "\"duplicate_window\":";
    created.edit("S", field + "120000000000", field + windowNanos);
    again(options().withDriftPolicy(NatsOptions.DriftPolicy.ACCEPT));
    provision("p");
    server.forget();
    server.silence(one -> true);
    TaskPush push =
        new TaskPush(
            session.settings.layout().address("p"),
            Task.of("t", ""),
            new PushWatch(session.pushPermits, session.monitor),
            Completion.none());
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(400);
    TestQueues.await(
        "an outcome", session.requests.send(push, Urgency.AWAITED, deadlineNanos)::isDone);
    assertThat(server.sent().size() > 1).isEqualTo(repeated);
  }

  @Test
  void aConsumerOfOnePriorityIsProvisionedAlone() {
    open(options().withQueue(QueueConfig.defaults().withPriorities(2)));
    provision("p");
    created.deleteConsumer("S", "p@1");
    created.asked();
    provisioner.provisionOne(session.settings.layout().addresses("p").get(1), soon());
    assertThat(created.asked())
        .containsExactly("CONSUMER.INFO.S.p@1", "CONSUMER.CREATE.S.p@1", "CONSUMER.INFO.S.p@1");
    assertThat(created.exist()).contains("S.p@1");
  }

  /** The consumer of the delayed tasks is not one of a partition. */
  @Test
  void theSeventeenthPartitionIsReported() {
    open(options());
    for (int i = 1; i <= 16; i++) {
      provision("p" + i);
    }
    again(options());
    provision("p1");
    assertThat(provisioner.warnings()).isEmpty();
    provision("p17");
    again(options());
    provision("p1");
    assertThat(provisioner.warnings())
        .singleElement()
        .asString()
        .contains("stream S has 17 partitions");
    assertThat(warnings.texts()).isEqualTo(provisioner.warnings());
  }
}
