// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.delay;

import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.request.Warnings;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.ScriptedConnection.Published;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A mover that knows the time of a server, without a server. Its clocks stand still until the test
 * moves them. It has an open request that has brought no task.
 */
abstract class MoverScene {

  static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");

  /** The time of the server when the test begins. */
  static final Instant NOW = STORED.plusSeconds(10);

  static final String SUBJECT = "jetlane.p.@later.dA";
  static final String LATER = "PT1H";
  static final String DUE = "PT5S";
  static final String TIME_SUBJECT = "CONSUMER.INFO.jetlane.@later";

  private static final String UNKNOWN_TIME = "-NAK {\"delay\":100000000}";

  final AnsweringServer server = new AnsweringServer("jetlane");
  final Warnings warnings = new Warnings();
  Session session;
  String nextSubject;
  String inbox;
  DelayedTaskMover mover;
  private String lastRequest = "";
  private final AtomicLong nanos = new AtomicLong();

  @BeforeEach
  void open() throws Exception {
    server.consumer("jetlane", "@later", "jetlane.*.@later.>", ",\"ts\":\"" + NOW + "\"");
    start(options());
    awaitTime();
    endOpenRequest();
    forget();
  }

  /** Waits until the mover knows the time of the server, for which it asks on each connection. */
  final void awaitTime() {
    TestQueues.await(
        "the time of the server",
        () -> {
          bring(1, LATER);
          List<String> all = server.settlements();
          return !all.get(all.size() - 1).equals(UNKNOWN_TIME);
        });
  }

  /** The options of the queue. */
  NatsOptions options() {
    return NatsOptions.defaults();
  }

  /** Forgets the messages that were sent so far. */
  void forget() {
    var unused = openRequest();
    server.forget();
  }

  /** Returns the reply subject of the last request. */
  String openRequest() {
    for (Published one : server.script().published()) {
      if (one.subject().equals(nextSubject)) {
        lastRequest = one.replyTo();
      }
    }
    return lastRequest;
  }

  /** Starts a mover, whose first request is sent. */
  final void start(NatsOptions options) {
    session = new Session(TestQueues.settings(options), server.wire(), warnings);
    PartitionAddress address = session.settings.layout().address("p");
    nextSubject =
        session.settings.layout().nextSubject(address.stream, PartitionAddress.DELAYED_CONSUMER);
    mover = new DelayedTaskMover(session, address, nanos::get, () -> nanos.get() / 1_000_000);
    String reply = openRequest();
    inbox = reply.substring(0, reply.lastIndexOf('.') + 1);
  }

  @AfterEach
  void close() {
    session.close();
  }

  /** Moves both clocks of the client. */
  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  void bring(long sequence, String delay, String... others) {
    Headers headers = new Headers().put(WireHeaders.DELAY, delay);
    for (int i = 0; i < others.length; i += 2) {
      headers.put(others[i], others[i + 1]);
    }
    bring(sequence, headers, new byte[0]);
  }

  void bring(long sequence, Headers headers, byte[] payload) {
    handle(
        NatsMessage.builder()
            .subject(SUBJECT)
            .replyTo(replyTo(sequence))
            .headers(headers)
            .data(payload)
            .build());
  }

  static String replyTo(long sequence) {
    return "$JS.ACK.jetlane.@later.1." + sequence + ".1." + WireHeaders.nanos(STORED) + ".0";
  }

  /** Ends the open request, as a server without tasks does. */
  void endOpenRequest() {
    end(openRequest(), Status.REQUEST_TIMEOUT_CODE, "Request Timeout");
  }

  void end(String subject, int code, String text) {
    handle(ScriptedConnection.message(subject, "", new byte[0], new Status(code, text)));
  }

  void handle(Message message) {
    try {
      server.script().handle(inbox + "*", message);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns the bodies of the requests for more tasks. */
  List<String> requests() {
    return server.sent().stream()
        .filter(one -> one.subject().equals(nextSubject))
        .map(Sent::body)
        .toList();
  }

  /** Returns the tasks that were stored as ready. */
  List<Sent> stored() {
    return server.sent().stream().filter(one -> one.subject().startsWith("jetlane.")).toList();
  }
}
