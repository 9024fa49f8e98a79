// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.nats.testing.Guardian;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server of another queue: on loopback, on a port that the kernel chose, in a folder that
 * {@link #close()} deletes. It ends with this JVM at the latest.
 */
final class PeerServer implements AutoCloseable {

  private static final String PROPERTY = "jetlane.benchmarks.peer.";
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 30;

  private final PeerRival peer;
  private final int port;
  private final String description;
  private final @Nullable Path folder;

  /** In the order in which they were started. */
  private final List<Process> processes = new ArrayList<>();

  private @Nullable Guardian guardian;
  private boolean announced;

  private PeerServer(PeerRival peer, int port, String description, @Nullable Path folder) {
    this.peer = peer;
    this.port = port;
    this.description = description;
    this.folder = folder;
  }

  /** Returns the server that already runs for this JVM, or starts one. */
  static PeerServer require(PeerRival peer) {
    int running = Integer.getInteger(property(peer), 0);
    return running > 0 ? new PeerServer(peer, running, peer.label(), null) : start(peer);
  }

  /**
   * Starts a server.
   *
   * @throws IllegalStateException if the program is not on this machine, or does not start
   */
  static PeerServer start(PeerRival peer) {
    PeerFiles files = PeerFiles.find();
    try {
      return switch (peer) {
        case RABBITMQ -> rabbit(files);
        case REDIS -> redis(files);
        case POSTGRESQL -> postgres(files);
        case JETLANE -> throw new IllegalArgumentException("JETLANE is not another queue");
      };
    } catch (IOException e) {
      throw new IllegalStateException(peer.label() + " does not start: " + e.getMessage(), e);
    }
  }

  /** The log of writes is flushed once a second, as Redis recommends for durability. */
  private static PeerServer redis(PeerFiles files) throws IOException {
    Path binary = files.require(PeerRival.REDIS.label(), "redis-server");
    String version =
        output(files, List.of(binary.toString(), "--version")).replaceAll(" sha.*", "");
    PeerServer server =
        new PeerServer(
            PeerRival.REDIS, freePort(), version + ", appendfsync everysec", temporaryFolder());
    List<String> command =
        List.of(
            binary.toString(),
            "--bind",
            "127.0.0.1",
            "--port",
            String.valueOf(server.port),
            "--dir",
            server.path().toString(),
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "");
    return server.run(files, command, Map.of());
  }

  /** All settings are the defaults: every commit is flushed. It refuses to run as root. */
  private static PeerServer postgres(PeerFiles files) throws IOException {
    Path initdb = files.require(PeerRival.POSTGRESQL.label(), "initdb");
    Path binary = files.require(PeerRival.POSTGRESQL.label(), "postgres");
    String version = output(files, List.of(binary.toString(), "--version"));
    Path folder = temporaryFolder();
    PeerServer server =
        new PeerServer(
            PeerRival.POSTGRESQL, freePort(), version + ", synchronous_commit on", folder);
    List<String> user = new ArrayList<>();
    if ("root".equals(System.getProperty("user.name"))) {
      String other = "daemon";
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(other));
      user.addAll(List.of("setpriv", "--reuid=" + other, "--regid=daemon", "--clear-groups"));
    }
    String data = folder.resolve("data").toString();
    List<String> create = new ArrayList<>(user);
    create.addAll(List.of(initdb.toString(), "-D", data, "-A", "trust", "-U", PostgresPeer.USER));
    create.addAll(List.of("-E", "UTF8", "--locale=C"));
    String unused = output(files, create);
    List<String> command = new ArrayList<>(user);
    command.addAll(List.of(binary.toString(), "-D", data, "-h", "127.0.0.1"));
    command.addAll(List.of("-p", String.valueOf(server.port), "-k", folder.toString()));
    return server.run(files, command, Map.of());
  }

  /** With all its defaults, and with a name server of its own for Erlang, also on loopback. */
  private static PeerServer rabbit(PeerFiles files) throws IOException {
    Path script = files.require(PeerRival.RABBITMQ.label(), "rabbitmq-server");
    Path names = files.require(PeerRival.RABBITMQ.label(), "epmd");
    Path folder = temporaryFolder();
    String version =
        script.toRealPath().toString().replaceAll(".*rabbitmq_server-([^/]+)/.*", "$1");
    PeerServer server =
        new PeerServer(PeerRival.RABBITMQ, freePort(), "RabbitMQ " + version, folder);
    String namesPort = String.valueOf(freePort());
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", folder.toString());
    environment.put("ERL_EPMD_ADDRESS", "127.0.0.1");
    environment.put("ERL_EPMD_PORT", namesPort);
    environment.put("RABBITMQ_ALLOW_INPUT", "true"); // The script becomes the server.
    environment.put("RABBITMQ_NODENAME", "rabbit-" + server.port + "@localhost");
    environment.put("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1");
    environment.put("RABBITMQ_NODE_PORT", String.valueOf(server.port));
    environment.put("RABBITMQ_DIST_PORT", String.valueOf(freePort()));
    environment.put(
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}");
    environment.put("RABBITMQ_MNESIA_BASE", folder.resolve("mnesia").toString());
    environment.put("RABBITMQ_LOG_BASE", folder.resolve("log").toString());
    environment.put("RABBITMQ_CONFIG_FILE", folder.resolve("rabbitmq").toString());
    environment.put("RABBITMQ_CONF_ENV_FILE", folder.resolve("rabbitmq-env.conf").toString());
    environment.put("RABBITMQ_ENABLED_PLUGINS_FILE", folder.resolve("plugins").toString());
    Path erlang = files.unpacked().resolve("usr/lib/erlang");
    if (Files.isDirectory(erlang)) {
      environment.put("ERL_ROOTDIR", erlang.toString());
    }
    server.launch(
        files, List.of(names.toString(), "-address", "127.0.0.1", "-port", namesPort), environment);
    return server.run(files, List.of(script.toString()), environment);
  }

  /** Returns its port on loopback. */
  int port() {
    return port;
  }

  /** Returns its name, version and settings. */
  String description() {
    return description;
  }

  /** Makes benchmarks of this JVM use it. */
  void announce() {
    System.setProperty(property(peer), String.valueOf(port));
    announced = true;
  }

  /** Returns the argument that makes another JVM use it. */
  String jvmArgument() {
    return "-D" + property(peer) + "=" + port;
  }

  /** Tries until the server is ready, which may be later than its first accepted connection. */
  <T> T connect(Callable<T> attempt) throws Exception {
    long start = System.nanoTime();
    while (true) {
      try {
        return attempt.call();
      } catch (Exception e) {
        if (System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(START_SECONDS)) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private PeerServer run(PeerFiles files, List<String> command, Map<String, String> environment)
      throws IOException {
    try {
      Process process = launch(files, command, environment);
      awaitListening(process);
      return this;
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private Process launch(PeerFiles files, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(path().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().putAll(files.environment());
    builder.environment().putAll(environment);
    Process process = builder.start();
    processes.add(process);
    Guardian before = guardian;
    guardian = guardian();
    if (before != null) {
      before.close();
    }
    return process;
  }

  private Guardian guardian() throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", "kill -KILL \"$@\"; rm -rf \"$0\"", path().toString()));
    processes.forEach(process -> command.add(String.valueOf(process.pid())));
    return Guardian.of(command.toArray(String[]::new));
  }

  private void awaitListening(Process process) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    long start = System.nanoTime();
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(address, 1_000);
        return;
      } catch (IOException notYet) {
        boolean late = System.nanoTime() - start >= TimeUnit.SECONDS.toNanos(START_SECONDS);
        if (late || !process.isAlive()) {
          throw new IOException(
              "the server does not listen on its port; its log: " + Files.readString(log()));
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a server started", e);
    }
  }

  private Path path() {
    if (folder == null) {
      throw new IllegalStateException("this JVM did not start " + peer.label());
    }
    return folder;
  }

  private Path log() {
    return path().resolve("out.log");
  }

  private static String property(PeerRival peer) {
    return PROPERTY + peer;
  }

  private static Path temporaryFolder() throws IOException {
    return Files.createTempDirectory("jetlane-peer-");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Returns the output of a command, which must succeed. */
  private static String output(PeerFiles files, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.directory(Path.of("/").toFile()); // A folder that every user may read.
    builder.environment().putAll(files.environment());
    Process process = builder.start();
    String text =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + " failed: " + text);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a command ran", e);
    }
    return text;
  }

  /** Stops the processes, the last one first. Does nothing to a server of another JVM or owner. */
  @Override
  public void close() {
    if (announced) {
      System.clearProperty(property(peer));
    }
    for (int i = processes.size() - 1; i >= 0; i--) {
      stop(processes.get(i));
    }
    processes.clear();
    if (guardian != null) {
      guardian.close();
      guardian = null;
    }
    if (folder != null) {
      delete(folder);
    }
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the folder of a server cannot be removed", e);
    }
  }
}
