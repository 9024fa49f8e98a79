// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.InvalidInputException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream of a partition. */
class QueueLayoutTest {

  private static final QueueLayout ONE =
      new QueueLayout("tasks", "jetlane", false, 1, 1, QueueLayout.OWN_API);
  private static final QueueLayout EIGHT = ONE.withStreams(8);

  /** Stored tasks depend on these values; they must never change. */
  @ParameterizedTest
  @CsvSource({"gpu,5", "cpu,3", "p0,1", "p1,1", "A-b_9,4"})
  void theHashIsStable(String partition, int stream) {
    assertThat(QueueLayout.indexOf(partition, 8)).isEqualTo(stream);
    assertThat(QueueLayout.indexOf(partition, 1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8, 32, 256})
  void partitionsThatDifferInANumberAreSpreadEvenly(int streams) {
    int partitions = 16 * streams;
    int[] counts = new int[streams];
    IntStream.range(0, partitions).forEach(i -> counts[QueueLayout.indexOf("p" + i, streams)]++);
    assertThat(IntStream.of(counts).max().orElseThrow()).isLessThanOrEqualTo(36);
    assertThat(IntStream.of(counts).min().orElseThrow()).isPositive();
  }

  @Test
  void oneStreamHasPlainNames() {
    PartitionAddress address = ONE.address("gpu");
    assertThat(address.stream).isEqualTo("tasks");
    assertThat(address.subject).isEqualTo("jetlane.gpu");
    assertThat(StreamMarks.ofStream(0, 1)).isNull();
  }

  @Test
  void manyStreamsHaveTheirNumber() {
    PartitionAddress address = EIGHT.address("p1");
    assertThat(address.stream).isEqualTo("tasks-" + address.index);
    assertThat(address.subject).isEqualTo("jetlane." + address.index + ".p1");
    assertThat(EIGHT.streamName(0)).isEqualTo("tasks");
    assertThat(address.deadStream).isEqualTo("tasks-dead");
  }

  @Test
  void theDescriptionHasTheNumberOfStreams() {
    assertThat(StreamMarks.streams(null)).isEqualTo(1);
    assertThat(StreamMarks.streams("the queue of team A")).isEqualTo(1);
    assertThat(StreamMarks.streams(StreamMarks.ofStream(0, 12))).isEqualTo(12);
    assertThat(StreamMarks.streams("team A, jetlane stream 0 of 4")).isEqualTo(4);
    assertThat(StreamMarks.streams(StreamMarks.ofMove(4))).isEqualTo(StreamMarks.MOVING);
    assertThat(StreamMarks.movingTo(StreamMarks.ofMove(4))).isEqualTo(4);
  }

  @Test
  void aBadNumberOfStreamsIsRefused() {
    for (int bad : new int[] {0, -1, 257, Integer.MAX_VALUE}) {
      assertThatThrownBy(() -> NatsOptions.defaults().withStreams(bad))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("streams");
    }
    assertThatThrownBy(() -> NatsQueues.spread(NatsOptions.defaults(), Duration.ZERO))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("streams");
    assertThatThrownBy(
            () -> NatsQueues.spread(NatsOptions.defaults().withStreams(8), Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
  }
}
