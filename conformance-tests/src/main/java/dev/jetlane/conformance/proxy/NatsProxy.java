// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harm;
import dev.jetlane.conformance.harness.ServerFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A proxy between NATS clients and a server, on loopback, without TLS. On demand it harms single
 * requests or connections. All other traffic passes unchanged.
 *
 * <p>{@link Requests} recognizes a request, and its reply subject identifies the confirmation. So
 * "the confirmation of the second nak is lost" is one deterministic step, on every version of the
 * server.
 *
 * <p>Thread-safe.
 */
public final class NatsProxy implements FaultHands, AutoCloseable {

  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long LOOK_AGAIN_MILLIS = 2;
  private static final Set<Harm> OF_PULLS =
      EnumSet.of(Harm.LEADER_CHANGED, Harm.REQUEST_LOST, Harm.CUT_BEFORE, Harm.REFUSED);

  private final String host;
  private final int port;
  private final Requests requests;
  private final Harms harms = new Harms();
  private final ServerSocket door;
  private final String name = "nats-proxy-" + NUMBERS.incrementAndGet();
  private final Set<ProxyConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger opened = new AtomicInteger();
  private final ScheduledExecutorService delays =
      Executors.newSingleThreadScheduledExecutor(action -> newThread("delays", action));
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean silent;
  private volatile long delayNanos;
  private volatile boolean refusing;
  private volatile boolean refusingLogins;
  private volatile int cutOff;
  private volatile boolean closed;

  private NatsProxy(URI target, Requests requests) throws IOException {
    host = target.getHost();
    port = target.getPort();
    this.requests = requests;
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread("accept", this::accept);
  }

  /**
   * Opens a proxy.
   *
   * @param url the server's address, like {@code nats://127.0.0.1:4222}
   * @param requests recognizes the requests
   * @return the open proxy, to be closed by the caller
   */
  public static NatsProxy to(String url, Requests requests) {
    try {
      return new NatsProxy(URI.create(url), requests);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the address for clients.
   *
   * @return an address like {@code nats://127.0.0.1:4222}
   */
  public String url() {
    return "nats://127.0.0.1:" + door.getLocalPort();
  }

  /** Pulls are neither repeated nor confirmed; all other requests can have every harm. */
  @Override
  public boolean can(Exchange exchange, Harm harm) {
    return exchange == Exchange.PULL ? OF_PULLS.contains(harm) : harm != Harm.LEADER_CHANGED;
  }

  @Override
  public void next(Exchange exchange, Harm harm) {
    harms.arm(exchange, harm);
  }

  @Override
  public int happened() {
    return harms.happened();
  }

  @Override
  public void disarm() {
    harms.disarm();
  }

  @Override
  public int connections() {
    return opened.get();
  }

  @Override
  public void delayAnswers(Duration time) {
    delayNanos = time.toNanos();
  }

  long delayNanos() {
    return delayNanos;
  }

  @Override
  public void disconnect() {
    cutOff = connections.size();
    refusing = true;
    connections.forEach(ProxyConnection::end);
  }

  @Override
  public void reconnect() {
    refusing = false;
    int expected = cutOff;
    await(
        () -> connections.stream().filter(ProxyConnection::isReady).count() >= expected,
        expected + " clients to connect again");
  }

  /** A proxy can cause only faults that do not stop the process of the server. */
  @Override
  public void begin(ServerFault fault) {
    switch (fault) {
      case SILENT -> silence(true);
      case LOGIN_REFUSED -> {
        refusingLogins = true;
        cutOff = connections.size();
        connections.forEach(ProxyConnection::end);
      }
      default -> FaultHands.super.begin(fault);
    }
  }

  @Override
  public void end(ServerFault fault) {
    if (fault == ServerFault.SILENT) {
      silence(false);
    } else {
      refusingLogins = false;
      reconnect();
    }
  }

  boolean refusesLogins() {
    return refusingLogins;
  }

  /**
   * Holds all traffic in both directions, like an unplugged cable. Held traffic arrives afterwards.
   *
   * @param on whether traffic is held
   */
  public void silence(boolean on) {
    lock.lock();
    try {
      silent = on;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closed = true;
    silence(false);
    delays.shutdownNow();
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      connections.forEach(ProxyConnection::end);
    }
  }

  Requests requests() {
    return requests;
  }

  Harms harms() {
    return harms;
  }

  void ended(ProxyConnection connection) {
    connections.remove(connection);
  }

  void awaitTraffic() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (silent) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  void thread(String what, Runnable body) {
    newThread(what, body).start();
  }

  private Thread newThread(String what, Runnable body) {
    Thread thread = new Thread(body, name + "-" + what);
    thread.setDaemon(true);
    return thread;
  }

  /** Runs an action later. Actions with the same time run in the order of the calls. */
  void after(long nanos, Runnable action) {
    try {
      var unused = delays.schedule(action, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The proxy is closed, and its connections too.
    }
  }

  private void await(BooleanSupplier condition, String what) {
    long began = System.nanoTime();
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() - began > PATIENCE_NANOS) {
          throw new IllegalStateException(
              "waited 30 s for " + what + "; open connections: " + connections.size());
        }
        boolean unused = changed.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
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
    if (refusing) {
      client.close();
      return;
    }
    Socket server;
    try {
      server = new Socket(host, port);
    } catch (IOException notThere) {
      client.close();
      return;
    }
    ProxyConnection connection = new ProxyConnection(this, client, server);
    connections.add(connection);
    opened.incrementAndGet();
    connection.start();
    if (closed || refusing) {
      connection.end();
    }
  }
}
