// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SpreadTest {

  @Test
  void medianOfAnOddNumberIsTheMiddleOne() {
    assertThat(Spread.of(9, 1, 2)).isEqualTo(new Spread(2, 1, 9));
  }

  @Test
  void medianOfAnEvenNumberIsBetweenTheMiddleTwo() {
    assertThat(Spread.of(4, 1, 100, 2)).isEqualTo(new Spread(3, 1, 100));
  }

  @Test
  void oneValueIsItsOwnSpread() {
    assertThat(Spread.of(5)).isEqualTo(new Spread(5, 5, 5));
  }

  @Test
  void doesNotChangeTheValues() {
    double[] values = {3, 1, 2};

    Spread.of(values);

    assertThat(values).containsExactly(3, 1, 2);
  }

  @Test
  void noValueAndNotANumberAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Spread.of());
    assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(1, Double.NaN));
  }
}
