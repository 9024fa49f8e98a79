// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The servers of other queues, one of each for a whole run. While they are open, benchmarks of this
 * JVM find them and start none of their own.
 */
final class Peers implements AutoCloseable {

  private final List<PeerServer> servers = new ArrayList<>();

  private Peers() {}

  static Peers none() {
    return new Peers();
  }

  /** Starts the servers that are on this machine, and prints which ones are missing. */
  static Peers start(PrintStream out) {
    Peers peers = new Peers();
    for (PeerRival peer : PeerRival.others()) {
      try {
        PeerServer server = PeerServer.start(peer);
        server.announce();
        peers.servers.add(server);
        out.println("started " + server.description());
      } catch (RuntimeException e) {
        out.println("NOT MEASURED: " + e.getMessage());
      }
    }
    return peers;
  }

  /** Returns a description, which is appended to that of the queue's own server. */
  String description() {
    StringBuilder text = new StringBuilder();
    servers.forEach(server -> text.append("; ").append(server.description()));
    return text.toString();
  }

  /** Returns the arguments that make another JVM use these servers. */
  List<String> jvmArguments() {
    return servers.stream().map(PeerServer::jvmArgument).toList();
  }

  @Override
  public void close() {
    servers.forEach(PeerServer::close);
  }
}
