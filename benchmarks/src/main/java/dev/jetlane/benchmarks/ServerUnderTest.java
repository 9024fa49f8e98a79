package dev.jetlane.benchmarks;

import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One server for a whole run, if one can be had. While it is open, benchmarks of this JVM find it
 * by its URL and start none of their own.
 */
final class ServerUnderTest implements AutoCloseable {

  static final String URL_PROPERTY = "jetlane.nats.url";
  static final String FAKE_ONLY_PROPERTY = "jetlane.fakeOnly";

  /** The process of the server that this JVM or its parent started. */
  private static final String PID_PROPERTY = "jetlane.benchmarks.serverPid";

  private final @Nullable NatsServer server;
  private final String description;
  private final boolean announced;

  private ServerUnderTest(@Nullable NatsServer server, String description, boolean announced) {
    this.server = server;
    this.description = description;
    this.announced = announced;
  }

  static ServerUnderTest find() {
    return find("");
  }

  /** Prefers the server that runs already, then this binary, then any that can be found. */
  static ServerUnderTest find(String binary) {
    if (Boolean.getBoolean(FAKE_ONLY_PROPERTY)) {
      return new ServerUnderTest(null, "-D" + FAKE_ONLY_PROPERTY + "=true", false);
    }
    NatsServer server;
    try {
      server =
          binary.isEmpty() || !url().isEmpty()
              ? NatsServer.start()
              : NatsServer.start(Path.of(binary), NatsConfig.defaults());
    } catch (RuntimeException e) {
      return new ServerUnderTest(null, String.valueOf(e.getMessage()), false);
    }
    String description =
        "nats-server "
            + server.version()
            + (server.managed() ? ", started for this run" : ", which was running already");
    if (server.managed()) {
      System.setProperty(URL_PROPERTY, server.url());
      System.setProperty(PID_PROPERTY, String.valueOf(server.pid().orElse(0)));
    }
    return new ServerUnderTest(server, description, server.managed());
  }

  /**
   * As {@link #find(String)}, for callers that need a server.
   *
   * @throws IllegalStateException if there is none
   */
  static ServerUnderTest require(String binary) {
    ServerUnderTest found = find(binary);
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

  /** Where the open server listens; empty if there is none. */
  static String url() {
    return System.getProperty(URL_PROPERTY, "");
  }

  /** What the server costs, if it was started by this run and on this machine. */
  ProcessCpu cpu() {
    return new ProcessCpu(Long.getLong(PID_PROPERTY, 0));
  }

  /** What makes another JVM use this server. */
  List<String> jvmArguments() {
    return List.of(
        "-D" + URL_PROPERTY + "=" + url(),
        "-D" + PID_PROPERTY + "=" + Long.getLong(PID_PROPERTY, 0));
  }

  @Override
  public void close() {
    if (server != null) {
      if (announced) {
        System.clearProperty(URL_PROPERTY);
        System.clearProperty(PID_PROPERTY);
      }
      server.close();
    }
  }
}
