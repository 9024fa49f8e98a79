// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.nio.file.Path;

/** A server that the tests do not own. */
final class ExternalServer implements ServerHandle {
  private final String url;
  private final String version;

  private ExternalServer(String url, String version) {
    this.url = url;
    this.version = version;
  }

  static ServerHandle connect(String url, NatsConfig config) {
    if (config.monitoring() || !config.text().isEmpty()) {
      throw new UnsupportedOperationException(
          "a server given by jetlane.nats.url cannot be configured by a test");
    }
    try {
      return new ExternalServer(url, ServerInfo.read(url).version());
    } catch (IOException e) {
      throw new IllegalStateException("cannot reach the server of jetlane.nats.url: " + e, e);
    }
  }

  @Override
  public boolean managed() {
    return false;
  }

  @Override
  public String url() {
    return url;
  }

  @Override
  public String monitoringUrl() {
    throw new IllegalStateException("the server was started without monitoring");
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String logTail() {
    return "";
  }

  @Override
  public void kill() {
    throw unmanaged();
  }

  @Override
  public void stop() {
    throw unmanaged();
  }

  @Override
  public boolean local() {
    return false;
  }

  @Override
  public Path store() {
    throw unmanaged();
  }

  @Override
  public void restart() {
    throw unmanaged();
  }

  @Override
  public void restart(Path binary) {
    throw unmanaged();
  }

  @Override
  public void reload(String text) {
    throw unmanaged();
  }

  @Override
  public void pause() {
    throw unmanaged();
  }

  @Override
  public void resume() {
    throw unmanaged();
  }

  @Override
  public void close() {}

  private static UnsupportedOperationException unmanaged() {
    return new UnsupportedOperationException(
        "a server given by jetlane.nats.url is not stopped by a test");
  }
}
