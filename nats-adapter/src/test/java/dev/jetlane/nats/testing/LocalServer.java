// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A server that is a child process of this JVM. */
final class LocalServer implements ServerHandle {
  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final String ANY_PORT = "-1";

  private final NatsConfig config;
  private final ServerFolder folder;
  private Path binary;

  // The first start sets them; the kernel chooses the ports, and later starts use the same.
  private ServerPorts ports = ServerPorts.UNKNOWN;
  private String version = "";
  private volatile @Nullable ServerProcess process;
  private volatile boolean closed;
  private @Nullable String reloaded;

  private LocalServer(Path binary, NatsConfig config, ServerFolder folder) {
    this.binary = binary;
    this.config = config;
    this.folder = folder;
  }

  static LocalServer start(Path binary, NatsConfig config) {
    LocalServer server = new LocalServer(binary, config, ServerFolder.create(config.text()));
    LiveServers.add(server);
    try {
      server.launch();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  @Override
  public boolean managed() {
    return true;
  }

  @Override
  public synchronized String url() {
    return ports.client();
  }

  @Override
  public synchronized String monitoringUrl() {
    if (ports.monitoring().isEmpty()) {
      throw new IllegalStateException("the server was started without monitoring");
    }
    return ports.monitoring();
  }

  @Override
  public synchronized String version() {
    return version;
  }

  @Override
  public String logTail() {
    return folder.logTail();
  }

  @Override
  public synchronized OptionalLong pid() {
    return OptionalLong.of(running().handle().pid());
  }

  @Override
  public synchronized void kill() {
    ServerProcess running = process;
    if (running != null) {
      running.kill();
      process = null;
    }
  }

  @Override
  public synchronized void stop() {
    ServerProcess running = process;
    if (running != null) {
      running.stop();
      process = null;
    }
  }

  @Override
  public boolean local() {
    return true;
  }

  @Override
  public Path store() {
    return folder.store();
  }

  @Override
  public synchronized void restart() {
    kill();
    launch();
  }

  @Override
  public synchronized void restart(Path otherBinary) {
    binary = otherBinary;
    restart();
  }

  /**
   * A server of 2.10 or older forgets the flag {@code -js} at a reload, and refuses the block if it
   * started with the flag.
   */
  @Override
  public synchronized void reload(String text) {
    reloaded = text;
    folder.writeConfig("jetstream { store_dir: \"" + folder.store() + "\" }\n" + text);
    running().reload();
  }

  @Override
  public synchronized void pause() {
    running().pause();
  }

  @Override
  public synchronized void resume() {
    running().resume();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      LiveServers.remove(this);
      kill();
      folder.delete();
    }
  }

  /** Runs at the end of the JVM. It takes no lock, because a test may hold it. */
  void closeAtExit() {
    closed = true;
    try {
      ServerProcess running = process;
      if (running != null) {
        running.kill();
      }
      folder.delete();
    } catch (RuntimeException e) {
      // A launch is running at this moment, or the process does not end: the guardian ends it.
      System.err.println("cannot end a server with its JVM: " + e);
    }
  }

  /** The process of this server, for the launcher's own tests. */
  ProcessHandle processHandle() {
    return running().handle();
  }

  /** The folder of this server, for the launcher's own tests. */
  Path path() {
    return folder.path();
  }

  private ServerProcess running() {
    ServerProcess running = process;
    if (running == null) {
      throw new IllegalStateException("the server is not running");
    }
    return running;
  }

  /** Tries again while another process holds the port of the server. */
  private void launch() {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!tryLaunch(deadline)) {
      kill();
      if (System.nanoTime() - deadline >= 0) {
        throw failure("its port is in use", null);
      }
    }
  }

  private boolean tryLaunch(long deadline) {
    if (closed) {
      throw new IllegalStateException("the server is closed");
    }
    ServerProcess started;
    try {
      if (reloaded != null) {
        folder.writeConfig(reloaded);
      }
      folder.prepareLaunch();
      started = ServerProcess.start(command(), folder);
    } catch (IOException e) {
      throw new IllegalStateException(binary + " cannot be run: " + e.getMessage(), e);
    }
    process = started;
    IOException last = null;
    while (started.handle().isAlive()) {
      try {
        ServerPorts found = folder.readPorts();
        if (found != null && (found.monitoring().isEmpty() != config.monitoring())) {
          ServerInfo info = ServerInfo.read(found.client());
          if (info.jetStream()) {
            ports = found;
            version = info.version();
            return true;
          }
        }
      } catch (IOException e) {
        last = e;
      }
      if (System.nanoTime() - deadline >= 0) {
        throw failure("it is not ready after " + START_LIMIT.toSeconds() + " s", last);
      }
      Pauses.brief();
    }
    if (folder.logTail().contains("address already in use")) {
      return false;
    }
    throw failure("it ended", last);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(binary.toString());
    command.addAll(List.of("-a", "127.0.0.1", "-p", port(ports.client())));
    command.addAll(List.of("-js", "-sd", folder.store().toString()));
    command.addAll(List.of("--ports_file_dir", folder.ports().toString()));
    if (config.monitoring()) {
      command.addAll(List.of("-m", port(ports.monitoring())));
    }
    if (!config.text().isEmpty()) {
      command.addAll(List.of("-c", folder.configFile().toString()));
    }
    return command;
  }

  private static String port(String url) {
    return url.isEmpty() ? ANY_PORT : Integer.toString(URI.create(url).getPort());
  }

  private IllegalStateException failure(String what, @Nullable Exception cause) {
    return new IllegalStateException(
        binary + " did not start: " + what + ". Its log ends with:\n" + logTail(), cause);
  }
}
