// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

/** A place to get a server from; {@link SourceFinder} chooses one. */
interface NatsSource {
  /**
   * Starts a server and waits until it serves JetStream requests.
   *
   * @param config the configuration of the server
   * @return the running server, to be closed by the caller
   * @throws IllegalStateException if it does not start; the message has the end of its log
   * @throws UnsupportedOperationException if this source cannot give such a server
   */
  ServerHandle start(NatsConfig config);
}
