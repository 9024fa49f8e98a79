package dev.jetlane.benchmarks;

import dev.jetlane.nats.testing.NatsServer;
import org.jspecify.annotations.Nullable;

/**
 * One server for a whole run, if one can be had. While it is open, benchmarks of this JVM find it
 * by its URL and start none of their own.
 */
final class ServerUnderTest implements AutoCloseable {

  static final String URL_PROPERTY = "jetlane.nats.url";
  static final String FAKE_ONLY_PROPERTY = "jetlane.fakeOnly";

  private final @Nullable NatsServer server;
  private final String description;
  private final @Nullable String givenUrl = System.getProperty(URL_PROPERTY);

  private ServerUnderTest(@Nullable NatsServer server, String description) {
    this.server = server;
    this.description = description;
  }

  static ServerUnderTest find() {
    if (Boolean.getBoolean(FAKE_ONLY_PROPERTY)) {
      return new ServerUnderTest(null, "-D" + FAKE_ONLY_PROPERTY + "=true");
    }
    NatsServer server;
    try {
      server = NatsServer.start();
    } catch (RuntimeException e) {
      return new ServerUnderTest(null, String.valueOf(e.getMessage()));
    }
    ServerUnderTest found =
        new ServerUnderTest(
            server,
            "nats-server "
                + server.version()
                + (server.managed() ? ", started for this run" : ", which was running already"));
    System.setProperty(URL_PROPERTY, server.url());
    return found;
  }

  /**
   * As {@link #find()}, for those who cannot do without.
   *
   * @throws IllegalStateException if there is none
   */
  static ServerUnderTest require() {
    ServerUnderTest found = find();
    if (!found.isThere()) {
      throw new IllegalStateException(found.description());
    }
    return found;
  }

  boolean isThere() {
    return server != null;
  }

  /** Which server it is, or why there is none. */
  String description() {
    return description;
  }

  /** Where the open server listens. */
  static String url() {
    return System.getProperty(URL_PROPERTY, "");
  }

  /** What makes another JVM use this server. */
  String jvmArgument() {
    return "-D" + URL_PROPERTY + "=" + url();
  }

  @Override
  public void close() {
    if (server != null) {
      if (givenUrl == null) {
        System.clearProperty(URL_PROPERTY);
      }
      server.close();
    }
  }
}
