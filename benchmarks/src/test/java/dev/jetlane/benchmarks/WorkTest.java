// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkTest {

  @Test
  void everyTaskIsInOnePartition() {
    Work work = new Work(7, 3, 1);

    assertThat(IntStream.range(0, 3).map(index -> work.takeShare(place(index))))
        .containsExactly(3, 2, 2);
  }

  @Test
  void eachPortionIsClaimedOnce() {
    Work work = new Work(5, 1, 1);

    assertThat(work.take(place(0), 2)).isEqualTo(2);
    assertThat(work.take(place(0), 0)).isZero();
    assertThat(work.take(place(0), 4)).isEqualTo(3);
    assertThat(work.take(place(0), 4)).isZero();
    assertThat(work.takeShare(place(0))).isZero();
  }

  @Test
  void pullersOfOnePartitionShareIt() {
    Work work = new Work(10, 1, 4);

    assertThat(IntStream.range(0, 5).map(puller -> work.takeShare(place(0))))
        .containsExactly(3, 3, 3, 1, 0);
  }

  private static Place place(int index) {
    return new Place(index, "p", "s", "c", "t");
  }
}
