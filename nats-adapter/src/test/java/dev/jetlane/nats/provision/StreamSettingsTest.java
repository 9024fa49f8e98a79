// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every setting of the streams and consumers, and the response to another value of each. */
class StreamSettingsTest {

  private static final QueueConfig QUEUE =
      QueueConfig.defaults()
          .withLease(Duration.ofSeconds(33))
          .withMaxOutstanding(44)
          .withDedupWindow(Duration.ofSeconds(55))
          .withMaxTasks(66)
          .withPriorities(3);
  private static final QueueLayout LAYOUT =
      new QueueLayout("S", "P", false, 2, 3, QueueLayout.OWN_API);

  private final List<String> told = new ArrayList<>();

  private StreamSpecs specs(QueueConfig queue, Drift.Response response, long maxBytes) {
    ProvisioningTerms terms = new ProvisioningTerms(true, true, response, true, 3, maxBytes);
    return new StreamSpecs(LAYOUT, queue, terms, true, told::add);
  }

  private StreamSpecs specs(Drift.Response response) {
    return specs(QUEUE, response, 77);
  }

  @Test
  void aStreamOfTasksHasTheConfiguredSettings() {
    StreamConfiguration second = specs(Drift.Response.FAIL).mainStream(1);
    assertThat(second.getName()).isEqualTo("S-1");
    assertThat(second.getDescription()).isEqualTo("jetlane stream 1 of 2");
    assertThat(second.getSubjects()).containsExactly("P.1.>");
    assertThat(second.getMetadata()).isEqualTo(Map.of("jetlane.wire", "1"));
    assertThat(second.getRetentionPolicy()).isEqualTo(RetentionPolicy.WorkQueue);
    assertThat(second.getDiscardPolicy()).isEqualTo(DiscardPolicy.New);
    assertThat(second.getDuplicateWindow()).isEqualTo(Duration.ofSeconds(55));
    assertThat(second.getStorageType()).isEqualTo(StorageType.Memory);
    assertThat(second.getReplicas()).isEqualTo(3);
    assertThat(second.getMaxBytes()).isEqualTo(77);
    assertThat(second.getMaxMsgsPerSubject()).isEqualTo(66);
    assertThat(second.isDiscardNewPerSubject()).isTrue();
    assertThat(second.getAllowAtomicPublish()).isTrue();
    assertThat(second.getMaxAge()).isEqualTo(Duration.ZERO);
  }

  @Test
  void withoutLimitsTheStreamHasNone() {
    QueueConfig unlimited = QUEUE.withMaxTasks(QueueConfig.UNLIMITED);
    StreamConfiguration stream = specs(unlimited, Drift.Response.FAIL, -1).mainStream(0);
    assertThat(stream.getMaxMsgsPerSubject()).isEqualTo(-1);
    assertThat(stream.isDiscardNewPerSubject()).isFalse();
    assertThat(stream.getMaxBytes()).isEqualTo(-1);
    ProvisioningTerms terms = new ProvisioningTerms(true, true, Drift.Response.FAIL, false, 1, -1);
    StreamSpecs onDisk = new StreamSpecs(LAYOUT, unlimited, terms, false, told::add);
    assertThat(onDisk.mainStream(0).getStorageType()).isEqualTo(StorageType.File);
    assertThat(onDisk.mainStream(0).getAllowAtomicPublish()).isFalse();
    assertThat(onDisk.deadStream().getStorageType()).isEqualTo(StorageType.File);
  }

  /** Neither the limit of tasks nor that of bytes concerns dead letters. */
  @Test
  void theStreamOfDeadLettersHasOneLetterPerSubject() {
    StreamConfiguration dead = specs(Drift.Response.FAIL).deadStream();
    assertThat(dead.getName()).isEqualTo("S-dead");
    assertThat(dead.getSubjects()).containsExactly("P-dead.>");
    assertThat(dead.getMetadata()).isEqualTo(Map.of("jetlane.wire", "1"));
    assertThat(dead.getRetentionPolicy()).isEqualTo(RetentionPolicy.Limits);
    assertThat(dead.getDiscardPolicy()).isEqualTo(DiscardPolicy.New);
    assertThat(dead.getDuplicateWindow()).isEqualTo(Duration.ofSeconds(55));
    assertThat(dead.getStorageType()).isEqualTo(StorageType.Memory);
    assertThat(dead.getReplicas()).isEqualTo(3);
    assertThat(dead.getMaxBytes()).isEqualTo(-1);
    assertThat(dead.getMaxMsgsPerSubject()).isEqualTo(1);
    assertThat(dead.isDiscardNewPerSubject()).isTrue();
    assertThat(dead.getAllowAtomicPublish()).isFalse();
    assertThat(StreamSpecs.isOfTasks(dead)).isFalse();
  }

  /** Only the consumer of priority 0 has the number of priorities. */
  @Test
  void aConsumerHasTheConfiguredSettings() {
    StreamSpecs specs = specs(Drift.Response.FAIL);
    List<PartitionAddress> addresses = LAYOUT.addresses("gpu");
    for (PartitionAddress address : addresses) {
      ConsumerConfiguration consumer = specs.consumer(address);
      assertThat(consumer.getDurable()).isEqualTo(address.consumer);
      assertThat(consumer.getFilterSubject()).isEqualTo(address.subject);
      assertThat(consumer.getDeliverPolicy()).isEqualTo(DeliverPolicy.All);
      assertThat(consumer.getAckPolicy()).isEqualTo(AckPolicy.Explicit);
      assertThat(consumer.getAckWait()).isEqualTo(Duration.ofSeconds(33));
      assertThat(consumer.getMaxAckPending()).isEqualTo(44);
      assertThat(consumer.getMaxPullWaiting()).isEqualTo(4096);
      assertThat(consumer.getMaxDeliver()).isEqualTo(-1);
      assertThat(consumer.getDescription())
          .isEqualTo(address.priority == 0 ? "jetlane priorities: 3" : null);
    }
    ConsumerConfiguration delayed = specs.delayedConsumer(1, 1_000);
    assertThat(delayed.getDurable()).isEqualTo("@later");
    assertThat(delayed.getFilterSubject()).isEqualTo("P.1.*.@later.>");
    assertThat(delayed.getMaxAckPending()).isEqualTo(1_000);
    assertThat(delayed.getMaxPullWaiting()).isEqualTo(4096);
    assertThat(delayed.getAckWait()).isNotEqualTo(Duration.ofSeconds(33));
  }

  private static String outcome(Drift drift) {
    try {
      return drift.mustUpdate() ? "changed" : "none";
    } catch (ConfigDriftException e) {
      return e.toString();
    }
  }

  private void expect(String setting, String outcomes, Function<Drift.Response, Drift> compare) {
    Iterator<String> each = List.of(outcomes.split(" ", -1)).iterator();
    for (Drift.Response response : Drift.Response.values()) {
      told.clear();
      String seen = outcome(compare.apply(response));
      String expected = each.next();
      if (expected.equals("refused")) {
        assertThat(seen).as("%s with %s", setting, response).contains(setting + ": wanted ");
      } else {
        boolean accepted = expected.equals("accepted");
        assertThat(seen)
            .as("%s with %s", setting, response)
            .isEqualTo(accepted ? "none" : expected);
        assertThat(told).as(setting).hasSize(expected.equals("none") ? 0 : 1);
      }
    }
  }

  private void ofStream(
      String setting, String outcomes, UnaryOperator<StreamConfiguration.Builder> change) {
    expect(
        setting,
        outcomes,
        response -> {
          StreamSpecs specs = specs(response);
          StreamConfiguration wanted = specs.mainStream(0);
          return specs.drift(wanted, change.apply(StreamConfiguration.builder(wanted)).build());
        });
  }

  private static final String FIXED = "refused refused refused";
  private static final String BORN_WITH = "refused refused accepted";
  private static final String FREE = "refused changed accepted";
  private static final String NEEDED = "refused changed refused";

  /** The outcomes with the responses FAIL, UPDATE and ACCEPT. */
  @Test
  void eachSettingOfAStreamIsCompared() {
    ofStream("streams", FIXED, each -> each.description("jetlane stream 0 of 3"));
    ofStream("streams", FIXED, each -> each.description(null));
    ofStream("streams", FIXED, each -> each.description(StreamMarks.ofMove(2)));
    ofStream("retention", FIXED, each -> each.retentionPolicy(RetentionPolicy.Limits));
    ofStream("subjects", FIXED, each -> each.subjects("P.0.*"));
    ofStream("discard policy", NEEDED, each -> each.discardPolicy(DiscardPolicy.Old));
    ofStream("messages per subject", FREE, each -> each.maxMessagesPerSubject(67));
    ofStream("messages per subject", FREE, each -> each.maxMessagesPerSubject(-1));
    ofStream("refuses per subject", NEEDED, each -> each.discardNewPerSubject(false));
    ofStream("bytes", FREE, each -> each.maxBytes(78));
    ofStream("bytes", FREE, each -> each.maxBytes(-1));
    ofStream("dedup window", FREE, each -> each.duplicateWindow(Duration.ofSeconds(54)));
    ofStream("storage", BORN_WITH, each -> each.storageType(StorageType.File));
    ofStream("replicas", FREE, each -> each.replicas(1));
    ofStream("atomic pushes", "none changed none", each -> each.allowAtomicPublish(false));
    ofStream("without acknowledgement", NEEDED, each -> each.noAck(true));
    ofStream("maximum age", NEEDED, each -> each.maxAge(Duration.ofNanos(1)));
    ofStream("nothing", "none none none", each -> each);
    ofStream("other settings", "none none none", each -> each.maxConsumers(9).denyDelete(true));
  }

  /** The description of the first stream alone has the number of streams. */
  @Test
  void theOtherStreamsAreNotComparedByTheirDescriptions() {
    StreamSpecs specs = specs(Drift.Response.FAIL);
    for (StreamConfiguration wanted : List.of(specs.mainStream(1), specs.deadStream())) {
      StreamConfiguration found = StreamConfiguration.builder(wanted).description("mine").build();
      assertThat(outcome(specs.drift(wanted, found))).isEqualTo("none");
    }
  }

  /** An administrator may remove old dead letters. */
  @Test
  void deadLettersMayHaveAnAge() {
    StreamSpecs specs = specs(Drift.Response.FAIL);
    StreamConfiguration wanted = specs.deadStream();
    StreamConfiguration found =
        StreamConfiguration.builder(wanted).maxAge(Duration.ofDays(30)).maxBytes(5).build();
    assertThat(outcome(specs.drift(wanted, found))).isEqualTo("none");
    StreamConfiguration changed = StreamSpecs.changed(wanted, found);
    assertThat(changed.getMaxAge()).isEqualTo(Duration.ofDays(30));
    assertThat(changed.getMaxBytes()).isEqualTo(5);
  }

  /** A stream without limits drops nothing, whatever its policy. */
  @ParameterizedTest
  @ValueSource(strings = {"none", "messages", "bytes", "per subject", "size"})
  void aPolicyThatDropsTasksIsAcceptedOnlyWithoutLimits(String limit) {
    StreamSpecs specs = specs(QUEUE.withMaxTasks(QueueConfig.UNLIMITED), Drift.Response.ACCEPT, -1);
    StreamConfiguration wanted = specs.mainStream(0);
    StreamConfiguration.Builder found =
        StreamConfiguration.builder(wanted).discardPolicy(DiscardPolicy.Old);
    switch (limit) {
      case "messages" -> found.maxMessages(1);
      case "bytes" -> found.maxBytes(1);
      case "per subject" -> found.maxMessagesPerSubject(1);
      case "size" -> found.maximumMessageSize(1);
      default -> {}
    }
    Drift drift = specs.drift(wanted, found.build());
    if (limit.equals("none")) {
      assertThat(drift.mustUpdate()).isFalse();
      assertThat(told).singleElement().asString().contains("accepted: discard policy");
    } else {
      assertThatThrownBy(drift::mustUpdate).hasMessageContaining("discard policy: wanted new");
    }
  }

  /** A stream that refuses tasks at its limit drops none. */
  @Test
  void aLimitThatRefusesTasksIsAccepted() {
    StreamSpecs specs = specs(QUEUE.withMaxTasks(QueueConfig.UNLIMITED), Drift.Response.ACCEPT, -1);
    StreamConfiguration wanted = specs.mainStream(0);
    StreamConfiguration found =
        StreamConfiguration.builder(wanted)
            .maxMessagesPerSubject(5)
            .discardNewPerSubject(true)
            .build();
    assertThat(specs.drift(wanted, found).mustUpdate()).isFalse();
    assertThat(told).singleElement().asString().contains("accepted: messages per subject");
  }

  private void ofConsumer(
      String setting, String outcomes, UnaryOperator<ConsumerConfiguration.Builder> change) {
    expect(
        setting,
        outcomes,
        response -> {
          StreamSpecs specs = specs(response);
          ConsumerConfiguration wanted = specs.consumer(LAYOUT.address("p"));
          return specs.drift(wanted, change.apply(ConsumerConfiguration.builder(wanted)).build());
        });
  }

  @Test
  void eachSettingOfAConsumerIsCompared() {
    ofConsumer("priorities", FIXED, each -> each.description("jetlane priorities: 4"));
    ofConsumer("priorities", NEEDED, each -> each.description("jetlane priorities: 2"));
    ofConsumer("priorities", NEEDED, each -> each.description(null));
    ofConsumer("filter", FIXED, each -> each.filterSubject("P.0.q"));
    ofConsumer("lease", FREE, each -> each.ackWait(Duration.ofSeconds(34)));
    ofConsumer("max outstanding", FREE, each -> each.maxAckPending(45L));
    ofConsumer("acknowledgement", FIXED, each -> each.ackPolicy(AckPolicy.All));
    ofConsumer("server's own max deliveries", NEEDED, each -> each.maxDeliver(1));
    ofConsumer("headers only", NEEDED, each -> each.headersOnly(true));
    ofConsumer("pushes", FIXED, each -> each.deliverSubject("there"));
    ofConsumer("nothing", "none none none", each -> each);
    ofConsumer("another limit", "none none none", each -> each.maxPullWaiting(512L));
  }

  /** The account may permit fewer unsettled messages than the client wants. */
  @Test
  void theConsumerOfTheDelayedTasksKeepsItsLimit() {
    StreamSpecs specs = specs(Drift.Response.FAIL);
    ConsumerConfiguration wanted = specs.delayedConsumer(0, 1_000);
    assertThat(outcome(specs.drift(wanted, specs.delayedConsumer(0, 9)))).isEqualTo("none");
    ConsumerConfiguration other =
        ConsumerConfiguration.builder(wanted).ackWait(Duration.ofSeconds(1)).build();
    assertThat(outcome(specs.drift(wanted, other))).contains("partition @later", "lease: wanted ");
  }

  /** What Jetlane does not configure stays as the administrator set it. */
  @Test
  void aChangedStreamKeepsTheOtherSettings() {
    StreamConfiguration wanted = specs(Drift.Response.UPDATE).mainStream(1);
    StreamConfiguration found =
        StreamConfiguration.builder()
            .name("S-1")
            .subjects("P.1.>")
            .retentionPolicy(RetentionPolicy.WorkQueue)
            .storageType(StorageType.Memory)
            .description("mine")
            .metadata(Map.of("a", "b"))
            .maxConsumers(9)
            .maximumMessageSize(99)
            .maxMessages(999)
            .maxAge(Duration.ofHours(1))
            .noAck(true)
            .build();
    StreamConfiguration changed = StreamSpecs.changed(wanted, found);
    assertThat(specs(Drift.Response.FAIL).drift(wanted, changed).mustUpdate()).isFalse();
    assertThat(changed.getDescription()).isEqualTo("mine");
    assertThat(changed.getMetadata()).isEqualTo(Map.of("a", "b"));
    assertThat(changed.getMaxConsumers()).isEqualTo(9);
    assertThat(changed.getMaximumMessageSize()).isEqualTo(99);
    assertThat(changed.getMaxMsgs()).isEqualTo(999);
    assertThat(changed.getAllowAtomicPublish()).isTrue();
    StreamConfiguration plain =
        StreamConfiguration.builder(wanted).allowAtomicPublish(false).build();
    assertThat(StreamSpecs.changed(plain, wanted).getAllowAtomicPublish())
        .as("a client of an older server takes nothing away")
        .isTrue();
  }

  @Test
  void aChangedConsumerKeepsTheOtherSettings() {
    StreamSpecs specs = specs(Drift.Response.UPDATE);
    ConsumerConfiguration wanted = specs.consumer(LAYOUT.address("p"));
    ConsumerConfiguration found =
        ConsumerConfiguration.builder()
            .durable("p")
            .filterSubject(wanted.getFilterSubject())
            .ackPolicy(AckPolicy.Explicit)
            .deliverPolicy(DeliverPolicy.New)
            .maxPullWaiting(7L)
            .maxDeliver(9)
            .backoff(Duration.ofSeconds(1))
            .headersOnly(true)
            .metadata(Map.of("a", "b"))
            .build();
    ConsumerConfiguration changed = StreamSpecs.changed(wanted, found);
    assertThat(specs(Drift.Response.FAIL).drift(wanted, changed).mustUpdate()).isFalse();
    assertThat(changed.getAckWait()).isEqualTo(Duration.ofSeconds(33));
    assertThat(changed.getMaxAckPending()).isEqualTo(44);
    assertThat(changed.getMaxDeliver()).isEqualTo(-1);
    assertThat(changed.getBackoff()).isEmpty();
    assertThat(changed.isHeadersOnly()).isFalse();
    assertThat(changed.getDescription()).isEqualTo("jetlane priorities: 3");
    assertThat(changed.getDeliverPolicy()).isEqualTo(DeliverPolicy.New);
    assertThat(changed.getMaxPullWaiting()).isEqualTo(7);
    assertThat(changed.getMetadata()).isEqualTo(Map.of("a", "b"));
  }
}
