// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import dev.jetlane.conformance.harness.Harm;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The connection of one client: two sockets, and one thread for each direction. */
final class ProxyConnection {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final String NO_RESPONDERS = "NATS/1.0 503\r\n\r\n";
  private static final String REFUSED_LOGIN = "-ERR 'Authorization Violation'\r\n";
  private static final String LEADER_CHANGED = "NATS/1.0 409 Leadership Change\r\n\r\n";

  private final NatsProxy proxy;
  private final Socket client;
  private final Socket server;
  private final OutputStream toClient;
  private final OutputStream toServer;

  /** The subjects of the client's subscriptions, by subscription id. */
  private final Map<String, String> subscriptions = new ConcurrentHashMap<>();

  private final AtomicBoolean ended = new AtomicBoolean();

  /** The number of delayed frames to the client. */
  private final AtomicInteger delayed = new AtomicInteger();

  /**
   * The time at which the last delayed frame passes. Only the thread that reads the frames uses it.
   */
  private long lastDueNanos;

  private volatile boolean ready;

  ProxyConnection(NatsProxy proxy, Socket client, Socket server) throws IOException {
    this.proxy = proxy;
    this.client = client;
    this.server = server;
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
    toClient = new BufferedOutputStream(client.getOutputStream(), BUFFER_BYTES);
    toServer = new BufferedOutputStream(server.getOutputStream(), BUFFER_BYTES);
  }

  void start() {
    proxy.thread("to-server", () -> pump(client, toServer, this::request));
    proxy.thread("to-client", () -> pump(server, toClient, this::answer));
  }

  /** Whether the server has answered the client's first ping. The client is then connected. */
  boolean isReady() {
    return ready;
  }

  void end() {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    proxy.ended(this);
    for (Socket socket : new Socket[] {client, server}) {
      try {
        socket.close();
      } catch (IOException closed) {
        // Nothing is left to close.
      }
    }
  }

  private interface Handler {
    /** Returns whether the frame is to be passed on. */
    boolean handle(Frame frame) throws IOException;
  }

  private void pump(Socket from, OutputStream to, Handler handler) {
    try {
      InputStream in = new BufferedInputStream(from.getInputStream(), BUFFER_BYTES);
      while (!ended.get()) {
        Frame frame = Frame.read(in);
        proxy.awaitTraffic();
        boolean pass = handler.handle(frame);
        synchronized (to) {
          if (pass) {
            to.write(frame.bytes());
          }
          if (in.available() == 0) {
            to.flush();
          }
        }
      }
    } catch (IOException broken) {
      // One side closed its connection. The finally block closes the other side.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  private boolean request(Frame frame) throws IOException {
    if (frame.operation().equals("CONNECT") && proxy.refusesLogins()) {
      refuseLogin();
      return false;
    }
    if (frame.operation().equals("SUB")) {
      subscriptions.put(frame.words()[frame.words().length - 1], frame.subject());
    } else if (frame.operation().equals("UNSUB") && frame.words().length == 2) {
      subscriptions.remove(frame.words()[1]);
    }
    if (!frame.isPublish()) {
      return true;
    }
    Exchange exchange = proxy.requests().exchange(frame.subject(), frame.headers(), frame.body());
    Harm harm = proxy.harms().ofRequest(exchange, frame.reply());
    if (harm == null) {
      return true;
    }
    switch (harm) {
      case REQUEST_LOST -> {
        return false;
      }
      case REFUSED -> {
        say(frame.reply(), NO_RESPONDERS);
        return false;
      }
      case LEADER_CHANGED -> {
        say(frame.reply(), LEADER_CHANGED);
        return false;
      }
      case CUT_BEFORE -> {
        end();
        return false;
      }
      default -> {
        return true;
      }
    }
  }

  /** Refuses the credentials with the error line of a server. */
  private void refuseLogin() throws IOException {
    synchronized (toClient) {
      toClient.write(REFUSED_LOGIN.getBytes(StandardCharsets.ISO_8859_1));
      toClient.flush();
    }
    end();
  }

  private boolean answer(Frame frame) throws IOException {
    ready |= frame.operation().equals("PONG");
    Harm harm = frame.isMessage() ? proxy.harms().ofAnswer(frame.subject()) : null;
    if (harm == null) {
      return !isDelayed(frame);
    }
    switch (harm) {
      case CONFIRMATION_LOST, FIRST_CONFIRMATION_LOST -> {
        return false;
      }
      case CUT_AFTER -> {
        end();
        return false;
      }
      case ANSWERED_TWICE -> {
        synchronized (toClient) {
          toClient.write(frame.bytes());
        }
        return true;
      }
      default -> {
        return true;
      }
    }
  }

  /** Delays an answer. Answers behind a delayed one are delayed too, so that they stay in order. */
  private boolean isDelayed(Frame frame) {
    long delayNanos = proxy.delayNanos();
    if (delayNanos == 0 && delayed.get() == 0) {
      return false;
    }
    long nowNanos = System.nanoTime();
    boolean first = delayed.getAndIncrement() == 0;
    if (first || nowNanos + delayNanos - lastDueNanos > 0) {
      lastDueNanos = nowNanos + delayNanos;
    }
    proxy.after(lastDueNanos - nowNanos, () -> passLate(frame));
    return true;
  }

  private void passLate(Frame frame) {
    try {
      synchronized (toClient) {
        toClient.write(frame.bytes());
        toClient.flush();
      }
    } catch (IOException broken) {
      end();
    } finally {
      delayed.decrementAndGet();
    }
  }

  /** Sends the client a status message, as the server would. */
  private void say(String subject, String status) throws IOException {
    String id = subscription(subject);
    if (id == null) {
      return;
    }
    int bytes = status.length();
    String line = "HMSG " + subject + " " + id + " " + bytes + " " + bytes + "\r\n";
    synchronized (toClient) {
      toClient.write((line + status + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      toClient.flush();
    }
  }

  private @Nullable String subscription(String subject) {
    for (Map.Entry<String, String> each : subscriptions.entrySet()) {
      if (matches(each.getValue(), subject)) {
        return each.getKey();
      }
    }
    return null;
  }

  private static boolean matches(String pattern, String subject) {
    String[] wanted = pattern.split("\\.", -1);
    String[] words = subject.split("\\.", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals(">")) {
        return words.length > i;
      }
      if (i >= words.length || !(wanted[i].equals("*") || wanted[i].equals(words[i]))) {
        return false;
      }
    }
    return words.length == wanted.length;
  }
}
