// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import org.junit.jupiter.api.Test;

/** The test of {@link FaultSubject}, which {@link FaultTest} runs. */
class FaultSubjectCheck {

  @Test
  void oneIsOne() {
    assertThat(FaultSubject.one()).isEqualTo(1);
  }

  /** Otherwise a fault of a class that jnats loads by name would have no effect. */
  @Test
  void theClientOfNatsFindsTheClassesUnderTest() throws ClassNotFoundException {
    ClassLoader client = Connection.class.getClassLoader();
    assertThat(Class.forName(FaultSubject.class.getName(), false, client))
        .isSameAs(FaultSubject.class);
  }
}
