// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.nats.provision.Drift.Response;
import dev.jetlane.nats.provision.Drift.Weight;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The response to each kind of difference. */
class DriftTest {

  private final List<String> told = new ArrayList<>();

  private Drift drift(Response response) {
    return new Drift("stream s", response, told::add);
  }

  @ParameterizedTest
  @CsvSource({
    "FAIL, FIXED, refused ()",
    "FAIL, BORN_WITH, refused ()",
    "FAIL, FREE, refused ()",
    "FAIL, NEEDED, refused ()",
    "FAIL, OPTIONAL, none",
    "UPDATE, FIXED, refused (cannot be changed: )",
    "UPDATE, BORN_WITH, refused (cannot be changed: )",
    "UPDATE, FREE, changed",
    "UPDATE, NEEDED, changed",
    "UPDATE, OPTIONAL, changed",
    "ACCEPT, FIXED, refused (cannot be accepted: )",
    "ACCEPT, BORN_WITH, accepted",
    "ACCEPT, FREE, accepted",
    "ACCEPT, NEEDED, refused (cannot be accepted: )",
    "ACCEPT, OPTIONAL, none"
  })
  void eachDifferenceHasItsResponse(Response response, Weight weight, String outcome) {
    Drift drift = drift(response);
    drift.compare("a", weight, 1, 2);
    if (outcome.startsWith("refused")) {
      String why = outcome.substring("refused (".length(), outcome.length() - 1);
      assertThatThrownBy(drift::mustUpdate)
          .isInstanceOf(ConfigDriftException.class)
          .hasMessage("stream s exists with other settings (" + why + "a: wanted 1, is 2)");
      assertThat(told).isEmpty();
    } else {
      assertThat(drift.mustUpdate()).isEqualTo(outcome.equals("changed"));
      if (outcome.equals("none")) {
        assertThat(told).isEmpty();
      } else {
        assertThat(told)
            .containsExactly(
                "stream s exists with other settings, which are "
                    + outcome
                    + ": a: wanted 1, is 2");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void equalSettingsNeedNoResponse(Response response) {
    Drift drift = drift(response);
    for (Weight weight : Weight.values()) {
      drift.compare("same " + weight, weight, "x", "x");
      drift.compare("both missing " + weight, weight, null, null);
    }
    assertThat(drift.mustUpdate()).isFalse();
    assertThatCode(drift::requireNone).doesNotThrowAnyException();
    assertThat(told).isEmpty();
  }

  /** The error lists the refused differences, the warning lists all. */
  @Test
  void allDifferencesAreNamedInOrder() {
    Drift update = drift(Response.UPDATE);
    update.compare("a", Weight.FREE, 1, null);
    update.compare("b", Weight.NEEDED, null, 2);
    assertThat(update.mustUpdate()).isTrue();
    assertThat(told).hasSize(1);
    assertThat(told.get(0)).endsWith("changed: a: wanted 1, is null; b: wanted null, is 2");
    update.compare("c", Weight.FIXED, 1, 2);
    update.compare("d", Weight.BORN_WITH, 1, 2);
    assertThatThrownBy(update::mustUpdate)
        .hasMessageEndingWith("(cannot be changed: c: wanted 1, is 2; d: wanted 1, is 2)");
    assertThat(told).hasSize(1);
  }

  /** A server that does not have an optional setting leaves it as it was. */
  @ParameterizedTest
  @CsvSource({"FIXED, true", "BORN_WITH, true", "FREE, true", "NEEDED, true", "OPTIONAL, false"})
  void aChangeWithoutEffectIsAnError(Weight weight, boolean isError) {
    Drift drift = drift(Response.UPDATE);
    drift.compare("a", weight, 1, 2);
    if (isError) {
      assertThatThrownBy(drift::requireNone)
          .isInstanceOf(ConfigDriftException.class)
          .hasMessage("stream s exists with other settings (a: wanted 1, is 2)");
    } else {
      assertThatCode(drift::requireNone).doesNotThrowAnyException();
    }
    assertThat(told).isEmpty();
  }
}
