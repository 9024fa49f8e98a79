// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The running servers, so that a JVM that exits early stops them. */
final class LiveServers {
  private static final Set<LocalServer> LIVE = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> LIVE.forEach(LocalServer::closeAtExit), "jetlane-nats-cleanup"));
  }

  private LiveServers() {}

  static void add(LocalServer server) {
    LIVE.add(server);
  }

  static void remove(LocalServer server) {
    LIVE.remove(server);
  }
}
