// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.testing.Jnats;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * Records the messages of clients to a server in the order of the server, and answers in the
 * server's place. It is an ordinary client that subscribes to their subjects.
 */
public final class WireTap implements AutoCloseable {

  /** One message, and the time of its receipt. */
  public record Heard(String subject, String replyTo, String body, long atNanos) {

    /** Whether it settles or extends a delivery with these bytes. */
    public boolean settles(String with) {
      return subject.startsWith("$JS.ACK.") && body.startsWith(with);
    }
  }

  private final String url;
  private final Connection connection;
  private final List<Heard> heard = new CopyOnWriteArrayList<>();

  private WireTap(String url, Connection connection) {
    this.url = url;
    this.connection = connection;
  }

  /** Records everything on these subjects from now on. */
  public static WireTap on(String url, String... subjects) throws IOException {
    try {
      WireTap tap = new WireTap(url, Jnats.connect(url));
      Dispatcher dispatcher = tap.connection.createDispatcher();
      for (String subject : subjects) {
        dispatcher.subscribe(subject, tap::hear);
      }
      tap.connection.flush(Duration.ofSeconds(30));
      return tap;
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new IOException(e);
    }
  }

  private void hear(Message message) {
    byte[] data = message.getData();
    heard.add(
        new Heard(
            message.getSubject(),
            String.valueOf(message.getReplyTo()),
            data == null ? "" : new String(data, StandardCharsets.UTF_8),
            System.nanoTime()));
  }

  public List<Heard> heard() {
    return List.copyOf(heard);
  }

  public List<Heard> heard(Predicate<Heard> such) {
    return heard.stream().filter(such).toList();
  }

  /** The settlements with these bytes. */
  public List<Heard> settlements(String with) {
    return heard(one -> one.settles(with));
  }

  /** Waits for this number of settlements with these bytes. */
  public void awaitSettlements(String with, int count) {
    TestQueues.await(count + " " + with, () -> settlements(with).size() >= count);
  }

  /** Sends a status, such as {@code 409 Leadership Change}, which a client library cannot send. */
  public void answer(String subject, String status) throws IOException {
    String headers = "NATS/1.0 " + status + "\r\n\r\n";
    URI server = URI.create(url);
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      OutputStream out = socket.getOutputStream();
      int size = headers.length();
      String frames =
          "CONNECT {\"verbose\":false,\"headers\":true}\r\nHPUB %s %d %d\r\n%s\r\nPING\r\n";
      out.write(frames.formatted(subject, size, size, headers).getBytes(StandardCharsets.US_ASCII));
      out.flush();
      String said = "";
      byte[] some = new byte[4096];
      while (!said.contains("PONG")) {
        int read = socket.getInputStream().read(some);
        if (read < 0) {
          throw new IOException("the server said " + said);
        }
        said += new String(some, 0, read, StandardCharsets.US_ASCII);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    connection.close();
  }
}
