package dev.jetlane.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One server for a whole run, if one can be had. While it is open, benchmarks of this JVM find it
 * by its URL and start none of their own.
 */
final class ServerUnderTest implements AutoCloseable {

  static final String URL_PROPERTY = "jetlane.nats.url";
  static final String FAKE_ONLY_PROPERTY = "jetlane.fakeOnly";

  private final @Nullable String server;
  private final String description;

  private ServerUnderTest(@Nullable String server, String description) {
    this.server = server;
    this.description = description;
  }

  static ServerUnderTest find() {
    if (Boolean.getBoolean(FAKE_ONLY_PROPERTY)) {
      return new ServerUnderTest(null, "-D" + FAKE_ONLY_PROPERTY + "=true");
    }
    String url = url();
    if (url.isEmpty()) {
      return new ServerUnderTest(null, "give the URL of one with -D" + URL_PROPERTY);
    }
    ServerUnderTest found = new ServerUnderTest(url, "nats-server at " + url);
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
    // A server that was given is not ours to stop.
  }
}
