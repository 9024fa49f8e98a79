// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settlement of each status, on a delivery of another implementation. */
class ArmonikSettlementsTest {

  @ParameterizedTest
  @CsvSource({
    "WAITING, nak []",
    "FAILED, nak []",
    "RUNNING, nak []",
    "POSTPONED, nak []",
    "PROCESSED, ack []",
    "CANCELLED, ack []",
    "POISONOUS, deadLetter [Poisonous]"
  })
  void eachStatusHasOneSettlement(ArmonikStatus status, String call) {
    List<String> calls = new ArrayList<>();
    for (Settlement result : Settlement.values()) {
      calls.clear();
      Delivery delivery =
          (Delivery)
              Proxy.newProxyInstance(
                  Delivery.class.getClassLoader(),
                  new Class<?>[] {Delivery.class},
                  (self, method, arguments) -> {
                    calls.add(
                        method.getName()
                            + " "
                            + Arrays.asList(arguments == null ? new Object[0] : arguments));
                    return result;
                  });
      assertThat(status.settle(delivery)).isEqualTo(result);
      assertThat(calls).containsExactly(call);
    }
  }
}
