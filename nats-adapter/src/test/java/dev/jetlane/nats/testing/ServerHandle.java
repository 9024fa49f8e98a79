// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.nio.file.Path;
import java.util.OptionalLong;

/** The kinds of servers behind {@link NatsServer}, whose javadoc describes the methods. */
interface ServerHandle extends AutoCloseable {
  boolean managed();

  String url();

  String monitoringUrl();

  String version();

  String logTail();

  /** The server's process; empty if it is not a child of this JVM. */
  default OptionalLong pid() {
    return OptionalLong.empty();
  }

  boolean local();

  Path store();

  void kill();

  void stop();

  void restart();

  void restart(Path binary);

  void reload(String text);

  void pause();

  void resume();

  @Override
  void close();
}
