// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.QueueClosedException;
import dev.jetlane.driver.PartitionAdminDriver;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientPartitionAdminTest {

  private final List<String> calls = new ArrayList<>();
  private final Session session = new Bench().session;

  private final PartitionAdminDriver driver =
      (PartitionAdminDriver)
          Proxy.newProxyInstance(
              PartitionAdminDriver.class.getClassLoader(),
              new Class<?>[] {PartitionAdminDriver.class},
              (proxy, method, arguments) -> {
                if (!method.getName().equals("deadLetters")) {
                  calls.add(method.getName());
                }
                return null;
              });

  private final ClientPartitionAdmin admin = new ClientPartitionAdmin(session, "gpu", driver);

  /** The client refuses it, whatever the driver does after its close. */
  @Test
  void aCallOnAClosedQueueDoesNotReachTheDriver() {
    admin.resume();
    session.close();
    for (Runnable call :
        List.<Runnable>of(admin::delete, () -> admin.pause(Duration.ofSeconds(1)), admin::resume)) {
      assertThatThrownBy(call::run).isInstanceOf(QueueClosedException.class);
    }
    assertThat(calls).containsExactly("resume");
  }
}
