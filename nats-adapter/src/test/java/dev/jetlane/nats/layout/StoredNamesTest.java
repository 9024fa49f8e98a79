// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import io.nats.client.api.StreamConfiguration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The names on a server. Stored tasks and other clients depend on them, so none may change. */
class StoredNamesTest {

  private static final QueueLayout ONE =
      new QueueLayout("S", "P", false, 1, 3, QueueLayout.OWN_API);

  @Test
  void theNamesOfAPartition() {
    PartitionAddress gpu = ONE.address("gpu");
    assertThat(gpu.partition).isEqualTo("gpu");
    assertThat(gpu.priority).isZero();
    assertThat(gpu.consumer).isEqualTo("gpu");
    assertThat(gpu.index).isZero();
    assertThat(gpu.stream).isEqualTo("S");
    assertThat(gpu.subject).isEqualTo("P.gpu");
    assertThat(gpu.nextSubject).isEqualTo("$JS.API.CONSUMER.MSG.NEXT.S.gpu");
    assertThat(gpu.ackPrefix).isEqualTo("$JS.ACK.S.gpu.");
    assertThat(gpu.messageIdPrefix).isEqualTo("gpu/");
    assertThat(gpu.deadStream).isEqualTo("S-dead");
    assertThat(gpu.messageId("t")).isEqualTo("gpu/t");
    assertThat(gpu.redriveMessageId("7")).isEqualTo("gpu!7");
    assertThat(gpu.movedMessageId("S-7")).isEqualTo("gpu!moved-S-7");
    assertThat(PartitionAddress.dueMessageId("gpu", 7)).isEqualTo("gpu~7");
    assertThat(gpu.delayedSubject("a?b>c")).isEqualTo("P.gpu.@later.YT9iPmM");
    assertThat(gpu.delayedSubject("a?~")).as("of URLs").isEqualTo("P.gpu.@later.YT9-");
    assertThat(gpu.delayedSubject("a")).as("without padding").isEqualTo("P.gpu.@later.YQ");
    assertThat(gpu.cancelledSubject("a")).isEqualTo("P.gpu.@later.YQ.off");
    assertThat(gpu.delayedSubjects()).isEqualTo("P.gpu.@later.*");
    assertThat(gpu.prioritySubjects()).isEqualTo("P.gpu.@priority.*");
    assertThat(gpu.deadSubject("7")).isEqualTo("P-dead.gpu.7");
    assertThat(gpu.deadSubjects()).isEqualTo("P-dead.gpu.>");
    assertThat(gpu.letterId("P-dead.gpu.7.8")).isEqualTo("7.8");
  }

  /** Delayed tasks and dead letters of all priorities are on the same subjects. */
  @Test
  void theNamesOfAPriority() {
    PartitionAddress high = ONE.addresses("gpu").get(2);
    assertThat(high.partition).isEqualTo("gpu");
    assertThat(high.priority).isEqualTo(2);
    assertThat(high.consumer).isEqualTo("gpu@2");
    assertThat(high.subject).isEqualTo("P.gpu.@priority.2");
    assertThat(high.nextSubject).isEqualTo("$JS.API.CONSUMER.MSG.NEXT.S.gpu@2");
    assertThat(high.ackPrefix).isEqualTo("$JS.ACK.S.gpu@2.");
    assertThat(high.messageId("t")).isEqualTo("gpu/t");
    assertThat(high.delayedSubject("a")).isEqualTo("P.gpu.@later.YQ");
    assertThat(high.delayedSubjects()).isEqualTo("P.gpu.@later.*");
    assertThat(high.prioritySubjects()).isEqualTo("P.gpu.@priority.*");
    assertThat(high.deadSubject("7")).isEqualTo("P-dead.gpu.7");
    assertThat(ONE.addresses("gpu")).hasSize(3);
  }

  @Test
  void theNamesOfSeveralStreamsAndAnotherApi() {
    QueueLayout many = new QueueLayout("S", "P", false, 8, 1, "X.");
    PartitionAddress gpu = many.address("gpu");
    assertThat(gpu.stream).isEqualTo("S-5");
    assertThat(gpu.subject).isEqualTo("P.5.gpu");
    assertThat(gpu.nextSubject).isEqualTo("X.CONSUMER.MSG.NEXT.S-5.gpu");
    assertThat(gpu.ackPrefix).isEqualTo("$JS.ACK.S-5.gpu.");
    assertThat(gpu.delayedSubjects()).isEqualTo("P.5.gpu.@later.*");
    assertThat(gpu.deadSubjects()).isEqualTo("P-dead.gpu.>");
    assertThat(gpu.deadStream).isEqualTo("S-dead");
    assertThat(many.subjects(0)).isEqualTo("P.0.>");
    assertThat(many.delayedSubjects(7)).isEqualTo("P.7.*.@later.>");
    assertThat(many.deadSubjects()).isEqualTo("P-dead.>");
    assertThat(ONE.subjects(0)).isEqualTo("P.>");
    assertThat(ONE.delayedSubjects(0)).isEqualTo("P.*.@later.>");
    assertThat(many.withStreams(3)).isEqualTo(new QueueLayout("S", "P", false, 3, 1, "X."));
    assertThat(many.withPriorities(3)).isEqualTo(new QueueLayout("S", "P", false, 8, 3, "X."));
    QueueLayout bare = new QueueLayout("S", "P", true, 1, 1, "X.");
    assertThat(bare.withStreams(1).withPriorities(1)).isEqualTo(bare);
    assertThat(bare.address("gpu").subject).isEqualTo("gpu");
    assertThat(bare.address("gpu").deadSubjects()).isEqualTo("P-dead.gpu.>");
  }

  @ParameterizedTest
  @CsvSource({"gpu/t, t", "gpu/a/b, a/b", "gpu/,", "gpu,", "gp/t,", "gpu!t,", "xgpu/t,"})
  void aMessageIdContainsTheIdOfItsTask(String messageId, @Nullable String taskId) {
    assertThat(ONE.address("gpu").taskIdIn(messageId)).isEqualTo(taskId);
    if (!messageId.equals("gpu/")) {
      assertThat(PartitionAddress.taskIdIn(messageId, "gpu")).isEqualTo(taskId);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gpu, gpu, 0",
    "gpu@1, gpu, 1",
    "gpu@9, gpu, 9",
    "gpu@0, gpu@0, 0",
    "gpu@10, gpu@10, 0",
    "gpu@, gpu@, 0",
    "@1, @1, 0",
    "@later, @later, 0"
  })
  void aConsumerNamesItsPartitionAndPriority(String consumer, String partition, int priority) {
    PartitionAddress address = ONE.ofConsumer(consumer);
    assertThat(address.partition).isEqualTo(partition);
    assertThat(address.priority).isEqualTo(priority);
    assertThat(address.consumer).isEqualTo(consumer);
  }

  @ParameterizedTest
  @CsvSource({
    "$JS.API., false, false",
    "$JS.hub.API., true, true",
    "$JS.a.b.API., false, true",
    "X.$JS.hub.API., false, true",
    "$JS.hub.API.x., false, true",
    "X., false, true"
  })
  void aDomainIsRecognisedByItsPrefix(String prefix, boolean ofDomain, boolean elsewhere) {
    QueueLayout layout = new QueueLayout("S", "P", false, 1, 1, prefix);
    assertThat(layout.isOfDomain()).isEqualTo(ofDomain);
    assertThat(layout.isElsewhere()).isEqualTo(elsewhere);
  }

  @Test
  void theMarksOfAQueue() {
    assertThat(StreamMarks.FORMAT).isEqualTo(Map.of("jetlane.wire", "1"));
    assertThat(StreamMarks.ofStream(3, 8)).isEqualTo("jetlane stream 3 of 8");
    assertThat(StreamMarks.ofMove(8))
        .isEqualTo("jetlane moving to 8 streams: run the move again to finish it");
    assertThat(StreamMarks.ofPriorities(1)).isNull();
    assertThat(StreamMarks.ofPriorities(10)).isEqualTo("jetlane priorities: 10");
    for (int priorities = 1; priorities <= 10; priorities++) {
      assertThat(StreamMarks.priorities(StreamMarks.ofPriorities(priorities)))
          .isEqualTo(priorities);
    }
    for (int streams : new int[] {1, 2, 10, 256}) {
      assertThat(StreamMarks.streams(StreamMarks.ofStream(0, streams))).isEqualTo(streams);
      assertThat(StreamMarks.movingTo(StreamMarks.ofStream(0, streams))).isZero();
      assertThat(StreamMarks.movingTo(StreamMarks.ofMove(streams))).isEqualTo(streams);
      assertThat(StreamMarks.streams(StreamMarks.ofMove(streams))).isEqualTo(StreamMarks.MOVING);
    }
    assertThat(StreamMarks.priorities("team A")).isEqualTo(1);
    assertThat(StreamMarks.movingTo(null)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, false", "10, false", "'', false", "none, true", "other, true"})
  void onlyTheKnownFormatIsAccepted(String version, boolean known) {
    StreamConfiguration.Builder stream = StreamConfiguration.builder().name("s").subjects("a");
    if (!version.equals("none")) {
      stream.metadata(Map.of(version.equals("other") ? "owner" : "jetlane.wire", version));
    }
    StreamConfiguration found = stream.build();
    if (known) {
      assertThatCode(() -> StreamMarks.requireKnownFormat(found)).doesNotThrowAnyException();
    } else {
      assertThatThrownBy(() -> StreamMarks.requireKnownFormat(found))
          .isInstanceOf(ConfigDriftException.class)
          .hasMessage(
              "stream s has version "
                  + version
                  + " of the stored format, but this client supports only version 1");
    }
  }
}
