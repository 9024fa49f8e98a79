// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;

/** Plain jnats connections. */
final class Connections {

  private Connections() {}

  static Connection open(Target target) throws IOException, InterruptedException {
    // jnats uses the timeout of the connection also for answers of JetStream.
    return Nats.connect(
        Options.builder().server(target.url()).connectionTimeout(Target.TIMEOUT).build());
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
