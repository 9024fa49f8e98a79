// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A NATS server with JetStream for one test, one test class or one benchmark.
 *
 * <p>It listens on loopback only, on ports that the kernel chose, and keeps its streams in a folder
 * of its own that {@link #close()} deletes. A server that is not closed ends with the JVM.
 *
 * <p>The faults that tests need are methods: {@link #kill()} loses the process but not the store,
 * {@link #restart()} brings both back under the same address, {@link #pause()} makes the server
 * silent while its connections stay open. A server that this JVM does not own ({@code
 * jetlane.nats.url}) supports none of them; see {@link #managed()}.
 *
 * <p>Safe for use by several threads.
 */
public final class NatsServer implements AutoCloseable {
  private final ServerHandle handle;

  NatsServer(ServerHandle handle) {
    this.handle = handle;
  }

  /**
   * Finds the source of servers on this machine. The first of these wins:
   *
   * <ol>
   *   <li>system property {@code jetlane.nats.url}: a server that runs already;
   *   <li>system property {@code jetlane.nats.server}: a binary; a relative path starts at {@code
   *       jetlane.root};
   *   <li>{@code .nats/latest/nats-server} below system property {@code jetlane.root}, below the
   *       working directory or below one of its parents: what {@code .ci/setup} fetches;
   *   <li>{@code nats-server} on the PATH;
   *   <li>Docker through Testcontainers, if both are there; the image is system property {@code
   *       jetlane.nats.image}, {@code nats:latest} by default.
   * </ol>
   *
   * @return the source
   * @throws IllegalStateException if there is none, or if a property names a binary that cannot be
   *     run; the message says how to get a server
   */
  static NatsSource find() {
    return SourceFinder.ofThisMachine().find();
  }

  /**
   * Starts a plain server from the source that {@link #find()} gives.
   *
   * @return the running server, to be closed by the caller
   */
  public static NatsServer start() {
    return start(NatsConfig.defaults());
  }

  /**
   * Starts a server from the source that {@link #find()} gives.
   *
   * @param config its configuration
   * @return the running server, to be closed by the caller
   */
  public static NatsServer start(NatsConfig config) {
    return new NatsServer(find().start(config));
  }

  /**
   * Starts a server from this binary.
   *
   * @param binary the path of a nats-server
   * @param config its configuration
   * @return the running server, to be closed by the caller
   * @throws IllegalStateException if it does not start; the message has the end of its log
   */
  public static NatsServer start(Path binary, NatsConfig config) {
    return new NatsServer(LocalServer.start(binary, config));
  }

  /**
   * Whether this JVM owns the server. If not, {@code kill}, {@code restart}, {@code pause} and
   * {@code resume} throw {@link UnsupportedOperationException}, and {@code close} leaves it alone.
   *
   * @return false for a server given by {@code jetlane.nats.url}
   */
  public boolean managed() {
    return handle.managed();
  }

  /**
   * Where clients connect. It stays the same over {@link #restart()}.
   *
   * @return an address like {@code nats://127.0.0.1:4222}
   */
  public String url() {
    return handle.url();
  }

  /**
   * Where the monitoring endpoints are. It stays the same over {@link #restart()}.
   *
   * @return an address like {@code http://127.0.0.1:8222}, without a slash at the end
   * @throws IllegalStateException if the server was started without monitoring
   */
  public String monitoringUrl() {
    return handle.monitoringUrl();
  }

  /**
   * The server's version, as it reports it to clients.
   *
   * @return a version like {@code 2.15.1}
   */
  public String version() {
    return handle.version();
  }

  /**
   * Whether the server confirms an ack of a delivery that it does not know, after a crash or after
   * its consumer was created again, and removes the task. From 2.10.26 on it does not answer
   * ({@code server/consumer.go}, {@code processAckMsg}; nats-server commit 66cfd5004).
   *
   * @return true for 2.9 and for 2.10.0 to 2.10.25
   */
  public boolean confirmsUnknownDeliveries() {
    return isOlderThan("2.10.26");
  }

  /**
   * Whether an ack of a delivery that the server does not know moves the consumer past this task,
   * so that older tasks are not delivered ({@code server/consumer.go}, {@code o.sseq = sseq + 1} in
   * {@code processAckMsg}; measured on 2.10.18 and 2.10.25).
   *
   * @return true for 2.10.17 to 2.10.25
   */
  public boolean skipsOlderTasks() {
    return confirmsUnknownDeliveries() && !isOlderThan("2.10.17");
  }

  /**
   * Whether the server looks at every subject of a stream to count the messages of some. From
   * 2.10.10 on it has a tree of subjects ({@code SubjectsTotals} in {@code server/memstore.go} and
   * {@code server/filestore.go}).
   *
   * @return true for 2.9 and for 2.10.0 to 2.10.9
   */
  public boolean scansSubjectsToCount() {
    return isOlderThan("2.10.10");
  }

  private boolean isOlderThan(String release) {
    return Version.parse(version()).compareTo(Version.parse(release)) < 0;
  }

  /**
   * The end of the server's log, for the message of a failed test.
   *
   * @return its last lines; empty if the log is elsewhere
   */
  public String logTail() {
    return handle.logTail();
  }

  /**
   * The server's process, for measurements of its cost.
   *
   * @return its process id; empty if the server is not a child process of this JVM
   * @throws IllegalStateException if it was killed
   */
  public OptionalLong pid() {
    return handle.pid();
  }

  /** Ends the process as a crash does, and keeps the store. Does nothing if it is not running. */
  public void kill() {
    handle.kill();
  }

  /**
   * Shuts the process down, as an administrator does: it stores its state and notifies its clients.
   * Keeps the store. Does nothing if it is not running.
   */
  public void stop() {
    handle.stop();
  }

  /**
   * Whether the server is a child process of this JVM, so that a test can read its store.
   *
   * @return false for a server in a container, and for one that is not {@link #managed()}
   */
  public boolean local() {
    return handle.local();
  }

  /**
   * The folder of the server's store, for tests that read or damage it.
   *
   * @return the folder
   * @throws UnsupportedOperationException if the server is not {@link #local()}
   */
  public Path store() {
    return handle.store();
  }

  /**
   * Starts the server again on the same ports and the same store, and waits until it is ready. One
   * that still runs is killed first.
   */
  public void restart() {
    handle.restart();
  }

  /**
   * As {@link #restart()}, with another binary from now on: an upgrade.
   *
   * @param binary the path of a nats-server
   * @throws UnsupportedOperationException if the server is not {@link #local()}
   */
  public void restart(Path binary) {
    handle.restart(binary);
  }

  /**
   * Gives the running server another configuration file (SIGHUP), which it reads some time after
   * this returns. The server must have been started with a configuration file.
   *
   * @param text the content of the file, without the settings of JetStream, which stay
   * @throws UnsupportedOperationException if the server is not {@link #local()}
   */
  public void reload(String text) {
    handle.reload(text);
  }

  /** Stops the process without ending it: connections stay open and nothing answers. */
  public void pause() {
    handle.pause();
  }

  /** Lets a paused process continue. */
  public void resume() {
    handle.resume();
  }

  /** Ends the process and deletes its folder. A second call does nothing. */
  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return "nats-server " + version() + " at " + url();
  }
}
