// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network between a client and a server, on loopback, that can be broken: connections are cut,
 * fall silent, end in the middle of a message, or become slow.
 *
 * <p>Each fault affects open and later connections until it is ended; {@link #cut}, {@link #reset}
 * and {@link #resetAfter} hit once. Safe for use by several threads.
 */
public final class FaultProxy implements AutoCloseable {

  /** The direction of bytes. */
  public enum Way {
    /** From the client to the server. */
    TO_SERVER,
    /** From the server to the client. */
    TO_CLIENT
  }

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final String host;
  private final int port;
  private final ServerSocket door;
  private final String name = "fault-proxy-" + NUMBERS.incrementAndGet();
  private final Set<ProxyConnection> connections = ConcurrentHashMap.newKeySet();
  private final ProxyFaults faults;
  private volatile boolean closed;

  private FaultProxy(URI target, long seed) throws IOException {
    host = target.getHost();
    port = target.getPort();
    faults = new ProxyFaults(seed);
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread("accept", this::accept);
  }

  /**
   * Opens a proxy.
   *
   * @param url the server's address, like {@code nats://127.0.0.1:4222}
   * @param seed makes the jitter repeatable
   * @return the open proxy, to be closed by the caller
   */
  public static FaultProxy to(String url, long seed) {
    try {
      return new FaultProxy(URI.create(url), seed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where clients connect.
   *
   * @return an address like {@code nats://127.0.0.1:4222}
   */
  public String url() {
    return "nats://127.0.0.1:" + door.getLocalPort();
  }

  /**
   * How many connections are open.
   *
   * @return the number, from 0
   */
  public int connections() {
    return connections.size();
  }

  /**
   * How many bytes went through, all connections together.
   *
   * @param way which direction
   * @return the number, from 0
   */
  public long bytes(Way way) {
    return faults.forwarded(way);
  }

  /** Closes every connection with a FIN. */
  public void cut() {
    connections.forEach(ProxyConnection::close);
  }

  /** Breaks every connection (RST): bytes in flight are lost. */
  public void reset() {
    connections.forEach(ProxyConnection::reset);
  }

  /**
   * Sends bytes to every client as if they came from the server. The connections must be at rest.
   *
   * @param bytes what the clients read
   */
  public void say(byte[] bytes) {
    connections.forEach(connection -> connection.say(bytes));
  }

  /**
   * Breaks one connection in the middle of a message, after this number of further bytes.
   *
   * @param way the direction that is counted
   * @param bytes from 1
   */
  public void resetAfter(Way way, long bytes) {
    faults.resetAfter(way, bytes);
  }

  /**
   * Stops the traffic: the connections stay open and nothing arrives, as behind a pulled cable. New
   * connections are accepted and stay silent.
   *
   * @param on whether the traffic stands still
   */
  public void blackHole(boolean on) {
    faults.stall(Way.TO_SERVER, on);
    faults.stall(Way.TO_CLIENT, on);
  }

  /**
   * Stops the traffic in one direction.
   *
   * @param way the direction
   * @param on whether the traffic stands still
   */
  public void stall(Way way, boolean on) {
    faults.stall(way, on);
  }

  /**
   * Closes each new connection immediately, as if no server listened.
   *
   * @param on whether they are
   */
  public void refuse(boolean on) {
    faults.refuse(on);
  }

  /**
   * Delays each block of bytes, in both directions.
   *
   * @param base the minimum; zero for none
   * @param jitter the maximum of the random addition
   */
  public void delay(Duration base, Duration jitter) {
    faults.delay(base.toNanos(), jitter.toNanos());
  }

  /**
   * Limits the rate of each connection, in both directions.
   *
   * @param bytesPerSecond the rate; zero for no limit
   */
  public void throttle(long bytesPerSecond) {
    faults.throttle(bytesPerSecond);
  }

  /** Ends all faults. Open connections continue. */
  public void heal() {
    faults.clear();
  }

  @Override
  public void close() {
    closed = true;
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      reset();
    }
  }

  void ended(ProxyConnection connection) {
    connections.remove(connection);
  }

  void thread(String what, Runnable body) {
    Thread thread = new Thread(body, name + "-" + what);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!closed) {
      try {
        connect(door.accept());
      } catch (IOException e) {
        if (closed || door.isClosed()) {
          return;
        }
      }
    }
  }

  private void connect(Socket client) throws IOException {
    if (faults.refuses()) {
      client.close();
      return;
    }
    Socket server;
    try {
      server = new Socket(host, port);
    } catch (IOException nobodyThere) {
      client.close();
      return;
    }
    ProxyConnection connection = new ProxyConnection(this, faults, client, server);
    connections.add(connection);
    connection.start();
    if (closed) {
      connection.reset();
    }
  }
}
