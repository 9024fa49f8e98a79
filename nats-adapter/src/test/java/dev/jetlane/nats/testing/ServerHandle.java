package dev.jetlane.nats.testing;

import java.nio.file.Path;

/** The ways to run a server behind {@link NatsServer}, whose javadoc says what each method does. */
interface ServerHandle extends AutoCloseable {
  boolean managed();

  String url();

  String monitoringUrl();

  String version();

  String logTail();

  boolean local();

  Path store();

  void kill();

  void stop();

  void restart();

  void pause();

  void resume();

  @Override
  void close();
}
