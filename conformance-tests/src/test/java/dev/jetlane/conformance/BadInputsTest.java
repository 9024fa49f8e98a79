package dev.jetlane.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The table of bad inputs is as long as it says. */
class BadInputsTest {

  @Test
  void noLineCountsTwice() {
    List<String> lines = BadInputs.all().stream().map(BadInputs.Line::toString).toList();
    assertThat(lines).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(200);
  }
}
