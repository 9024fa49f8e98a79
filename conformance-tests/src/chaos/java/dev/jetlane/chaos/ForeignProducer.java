// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A foreign client that stores tasks with headers that the server accepts and jnats cannot parse.
 * It tries each task once.
 */
final class ForeignProducer implements AutoCloseable {

  private static final int GAP_MILLIS = 500;
  private static final int ANSWER_MILLIS = 3_000;

  /** The headers after the line of the id. */
  private static final List<String> HEADERS =
      List.of(
          "Name: w\u00e4rt\r\n", "\u00fc: x\r\n", "Nocolon\r\n", ": noname\r\n", "A: \u0007b\r\n");

  private final URI server;
  private final History history;
  private final int partitions;
  private final Thread thread = new Thread(this::run, "foreign-producer");
  private volatile boolean stopping;

  /** Does nothing in a run without this fault. */
  ForeignProducer(String url, History history, Settings settings) {
    server = URI.create(url);
    this.history = history;
    partitions = settings.partitions();
    if (settings.has(Fault.FOREIGN)) {
      thread.start();
    }
  }

  private void run() {
    try {
      for (int number = 0; !stopping; number++) {
        int index = number % partitions;
        String id = ChaosQueues.taskId(index, "f", number);
        long since = History.now();
        history.write(Event.Kind.PUSH, id, 0);
        Event.Outcome outcome = push(index, id, HEADERS.get(number % HEADERS.size()));
        history.write(Event.Kind.PUSHED, id, 0, since, outcome);
        Pause.millis(GAP_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Event.Outcome push(int index, String id, String header) {
    try (Socket socket = new Socket(server.getHost(), server.getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS);
      String partition = ChaosQueues.partition(index);
      byte[] headers =
          utf8("NATS/1.0\r\nNats-Msg-Id: " + partition + "/" + id + "\r\n" + header + "\r\n");
      byte[] payload = ChaosQueues.payload(id);
      OutputStream out = socket.getOutputStream();
      out.write(utf8(Access.CONNECT_OTHER + "SUB answer 1\r\n"));
      String subject = ChaosQueues.stream() + "." + partition;
      int total = headers.length + payload.length;
      out.write(utf8("HPUB " + subject + " answer " + headers.length + " " + total + "\r\n"));
      out.write(headers);
      out.write(payload);
      out.write(utf8("\r\n"));
      out.flush();
      return answer(
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
    } catch (IOException e) {
      return Event.Outcome.UNKNOWN;
    }
  }

  private static Event.Outcome answer(BufferedReader in) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith("MSG ")) {
        String answer = String.valueOf(in.readLine());
        return answer.contains("\"seq\"") ? Event.Outcome.OK : Event.Outcome.FAILED;
      }
    }
    return Event.Outcome.UNKNOWN;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ends after the current task. */
  void stop() throws InterruptedException {
    stopping = true;
    thread.join();
  }

  @Override
  public void close() {
    stopping = true;
  }
}
