// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import dev.jetlane.QueueConfig;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.provision.Drift;
import dev.jetlane.nats.provision.Provisioner;
import dev.jetlane.nats.provision.ProvisioningTerms;
import dev.jetlane.nats.provision.StreamSpecs;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection.Published;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValueUtils;
import io.nats.client.support.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * A queue that is being moved from one stream to two, without a server: it hands out the tasks of
 * the old stream, and confirms their copies without storing them.
 */
final class MoveScene implements AutoCloseable {

  static final Instant STORED = Instant.parse("2026-01-01T00:00:00Z");
  static final String CONFIRMED = "{\"stream\":\"jetlane\",\"seq\":9}";

  private static final String NEXT = "$JS.API.CONSUMER.MSG.NEXT.jetlane.";
  private static final String REMOVE = "$JS.API.STREAM.MSG.DELETE.jetlane";
  private static final int SEQUENCE_IN_REPLY = 5;

  /** A task that no worker holds. */
  private record Ready(String subject, long sequence, Headers headers) {}

  final AnsweringServer server = new AnsweringServer("jetlane");
  final Session session;
  final QueueLayout before;
  final QueueLayout after;

  /** The descriptions that the first stream was given, in order. */
  final List<String> marks = new CopyOnWriteArrayList<>();

  /** The answer to each copy. */
  volatile Function<Sent, String> onCopy = copy -> CONFIRMED;

  /** Which copies and acks have no answer. */
  volatile Predicate<Sent> loses = one -> false;

  /** Runs before the answer to each pull. */
  volatile Runnable onPull = () -> {};

  private final List<Ready> ready = new CopyOnWriteArrayList<>();
  private final List<Ready> held = new CopyOnWriteArrayList<>();
  private String time = "";

  MoveScene(Duration requestTimeout) {
    this(requestTimeout, TestQueues.config());
  }

  MoveScene(Duration requestTimeout, QueueConfig config) {
    NatsOptions options =
        NatsOptions.defaults()
            .withStreams(2)
            .withRequestTimeout(requestTimeout)
            .withQueue(config.withPriorities(2));
    session = new Session(TestQueues.settings(options), server.wire(), DriverEvents.none());
    after = session.settings.layout();
    before = after.withStreams(1);
    mark(StreamMarks.ofMove(2));
    server.answer("STREAM.UPDATE.jetlane", this::update);
    String second = new Provisioner(session, terms(false)).specs().mainStream(1).toJson();
    server.answer("STREAM.INFO.jetlane-1", question -> info(second));
    server.answerMessages(copy -> onCopy.apply(copy));
    server.script().onPublish((replyTo, body) -> published());
    server.silence(this::isNotAnswered);
    server.forget();
  }

  /** Returns the terms of a run that may create consumers, or may not. */
  static ProvisioningTerms terms(boolean creates) {
    return new ProvisioningTerms(creates, true, Drift.Response.ACCEPT, false, 1, -1);
  }

  private static String info(String config) {
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":"
        + config
        + ",\"state\":{\"messages\":0}}";
  }

  /** Sets the description of the first stream. */
  void mark(String description) {
    server.stream(
        "jetlane",
        ",\"duplicate_window\":%d,\"description\":\"%s\"%s"
            .formatted(Duration.ofMinutes(2).toNanos(), description, time));
  }

  /** Ends the move: the queue has one stream, with the settings of this client. */
  void hasOneStream() {
    StreamSpecs specs = new Provisioner(session, before, terms(true)).specs();
    for (StreamConfiguration stream : List.of(specs.mainStream(0), specs.deadStream())) {
      String json = stream.toJson();
      server.stream(stream.getName(), "," + json.substring(1, json.length() - 1));
    }
    server.answer("STREAM.NAMES", body -> "{\"streams\":[]}");
    server.forget();
  }

  /** Sets the time of the server; without it, the server is one that reports none. */
  void time(Instant now) {
    // The object that follows belongs to no one.
    time = "},\"ts\":\"" + now + "\",\"more\":{\"a\":1";
    mark(StreamMarks.ofMove(2));
  }

  private String update(String config) {
    String description =
        JsonValueUtils.readString(JsonParser.parseUnchecked(config), "description", "");
    marks.add(description);
    mark(description);
    return info(config);
  }

  /** Returns the name of a partition that moves to this stream. */
  String partition(int index) {
    return IntStream.range(0, 100)
        .mapToObj(i -> "p" + i)
        .filter(name -> after.address(name).index == index)
        .findFirst()
        .orElseThrow();
  }

  /** Creates the consumer of a partition in one priority, and returns its address. */
  PartitionAddress consumer(String partition, int priority) {
    PartitionAddress address = before.addresses(partition).get(priority);
    server.consumer("jetlane", address.consumer, address.subject, "");
    return address;
  }

  /** Stores a task that was pushed under this id. */
  void store(PartitionAddress address, String id) {
    store(address, new Headers().put(WireHeaders.MESSAGE_ID, address.messageId(id)));
  }

  void store(PartitionAddress address, Headers headers) {
    long sequence = server.store(address.subject, headers, STORED);
    ready.add(new Ready(address.subject, sequence, headers));
  }

  /** Stores a task that a worker holds. */
  void storeHeld(PartitionAddress address) {
    long sequence = server.store(address.subject, new Headers(), STORED);
    held.add(new Ready(address.subject, sequence, new Headers()));
  }

  /** Ends the leases of the held tasks. */
  void endLeases() {
    ready.addAll(held);
    held.clear();
  }

  /** Answers a pull request with the tasks that are ready and an end. */
  private void published() {
    List<Published> all = server.script().published();
    Published request = all.get(all.size() - 1);
    if (!request.subject().startsWith(NEXT)) {
      return;
    }
    onPull.run();
    PartitionAddress address = before.ofConsumer(request.subject().substring(NEXT.length()));
    int batch = Integer.parseInt(request.body().replaceAll("\\D*(\\d+),.*", "$1"));
    List<Ready> some =
        ready.stream().filter(one -> one.subject.equals(address.subject)).limit(batch).toList();
    ready.removeAll(some);
    for (Ready one : some) {
      server
          .script()
          .bring(
              NatsMessage.builder()
                  .subject(one.subject)
                  .replyTo(
                      "%s1.%d.%d.%d.0"
                          .formatted(
                              address.ackPrefix,
                              one.sequence,
                              one.sequence,
                              WireHeaders.nanos(STORED)))
                  .headers(one.headers)
                  .data("b".getBytes(StandardCharsets.US_ASCII))
                  .build());
    }
    var unused =
        server
            .script()
            .bring(request.replyTo(), "", new Status(Status.NOT_FOUND_CODE, "No Messages"));
  }

  /** An ack removes the task. */
  private boolean isNotAnswered(Sent one) {
    if (one.subject().startsWith("$JS.ACK.")) {
      String sequence = one.subject().split("\\.", -1)[SEQUENCE_IN_REPLY];
      byte[] place = ("{\"seq\":" + sequence + "}").getBytes(StandardCharsets.US_ASCII);
      var unused = server.connection().requestWithTimeout(REMOVE, place, Duration.ofSeconds(1));
    }
    return loses.test(one);
  }

  /** Returns the copies that were sent, in order. */
  List<Sent> copies() {
    return server.sent().stream().filter(one -> one.subject().startsWith("jetlane.")).toList();
  }

  /** Returns the requests to the API with this start. */
  List<String> asked(String request) {
    return server.asked().stream().filter(one -> one.startsWith(request)).toList();
  }

  /** Runs the move, which has begun before. */
  long move(Duration patience) throws InterruptedException {
    return new StreamMigration(session, terms(false), patience).run();
  }

  @Override
  public void close() {
    session.close();
  }
}
