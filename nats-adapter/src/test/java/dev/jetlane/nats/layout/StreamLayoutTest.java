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

/** Which stream a partition is in. */
class StreamLayoutTest {

  private static final NatsOptions EIGHT = NatsOptions.defaults().withStreams(8);

  /** Tasks lie where this says: the values may never change. */
  @ParameterizedTest
  @CsvSource({"gpu,5", "cpu,3", "p0,1", "p1,1", "A-b_9,4"})
  void theHashIsStable(String partition, int stream) {
    assertThat(StreamLayout.indexOf(partition, 8)).isEqualTo(stream);
    assertThat(StreamLayout.indexOf(partition, 1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8, 32, 256})
  void partitionsThatDifferInANumberAreSpreadEvenly(int streams) {
    int partitions = 16 * streams;
    int[] counts = new int[streams];
    IntStream.range(0, partitions).forEach(i -> counts[StreamLayout.indexOf("p" + i, streams)]++);
    assertThat(IntStream.of(counts).max().orElseThrow()).isLessThanOrEqualTo(36);
    assertThat(IntStream.of(counts).min().orElseThrow()).isPositive();
  }

  @Test
  void oneStreamHasPlainNames() {
    PartitionAddress lane = new PartitionAddress(NatsOptions.defaults(), "gpu");
    assertThat(lane.stream).isEqualTo("armonik-stream");
    assertThat(lane.subject).isEqualTo("jetlane.gpu");
    assertThat(StreamLayout.mark(0, 1)).isNull();
  }

  @Test
  void manyStreamsHaveTheirNumber() {
    PartitionAddress lane = new PartitionAddress(EIGHT, "p1");
    assertThat(lane.stream).isEqualTo("armonik-stream-" + lane.index);
    assertThat(lane.subject).isEqualTo("jetlane." + lane.index + ".p1");
    assertThat(StreamLayout.name(EIGHT, 0)).isEqualTo("armonik-stream");
    assertThat(lane.deadStream).isEqualTo("armonik-stream-dead");
  }

  @Test
  void theDescriptionSaysHowManyThereAre() {
    assertThat(StreamLayout.count(null)).isEqualTo(1);
    assertThat(StreamLayout.count("the queue of team A")).isEqualTo(1);
    assertThat(StreamLayout.count(StreamLayout.mark(0, 12))).isEqualTo(12);
    assertThat(StreamLayout.count("team A, jetlane stream 0 of 4")).isEqualTo(4);
    assertThat(StreamLayout.count(StreamLayout.movingMark(4))).isEqualTo(StreamLayout.MOVING);
    assertThat(StreamLayout.movingTo(StreamLayout.movingMark(4))).isEqualTo(4);
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
    assertThatThrownBy(() -> NatsQueues.spread(EIGHT, Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidInputException.class);
  }
}
