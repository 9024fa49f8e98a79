// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;

/**
 * Connections of jnats for tests that look at a server beside a queue, or act as another client.
 */
public final class Jnats {

  /** The default of jnats is 2 s, in which a busy machine does not always answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private Jnats() {}

  /**
   * Connects to a server that runs.
   *
   * @param urls its address, or several with commas between them
   * @return the connection, to be closed by the caller
   */
  public static Connection connect(String urls) throws IOException, InterruptedException {
    return Nats.connect(options(urls).build());
  }

  /**
   * Returns the options of such a connection.
   *
   * @param urls as for {@link #connect}
   * @return the options, for further settings
   */
  public static Options.Builder options(String urls) {
    return Options.builder().server(urls).connectionTimeout(TIMEOUT);
  }
}
