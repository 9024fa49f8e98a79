// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.nio.file.Path;

/** Servers from a binary on this machine. */
record LocalSource(Path binary) implements NatsSource {
  @Override
  public ServerHandle start(NatsConfig config) {
    return LocalServer.start(binary, config);
  }
}
