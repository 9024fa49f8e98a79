// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import dev.jetlane.nats.request.AnsweringServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** A server that creates and changes the streams and consumers which a test names. */
public final class CreatingServer {

  private final AnsweringServer server;
  private final Map<String, String> streams = new ConcurrentSkipListMap<>();
  private final Map<String, String> consumers = new ConcurrentSkipListMap<>();

  /**
   * Replaces answers of a server.
   *
   * @param server the server, with no streams
   */
  public CreatingServer(AnsweringServer server) {
    this.server = server;
    server.answer("STREAM.NAMES", body -> "{}");
  }

  /**
   * Lets this stream be created, changed, and inspected.
   *
   * @param name its name
   */
  public void permitStream(String name) {
    server.answer("STREAM.CREATE." + name, body -> store(name, body));
    server.answer("STREAM.UPDATE." + name, body -> store(name, body));
    server.answer(
        "STREAM.INFO." + name,
        body -> streams.containsKey(name) ? info(name) : AnsweringServer.error(404, 10059));
  }

  /** Returns the information about a stream, or a consumer after its stream and a dot. */
  String describe(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? info(name) : consumer(name.substring(0, dot), name.substring(dot + 1));
  }

  private String store(String name, String config) {
    streams.put(name, config);
    return info(name);
  }

  private String info(String name) {
    long count = consumers.keySet().stream().filter(each -> each.startsWith(name + ".")).count();
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"config\":%s,\"state\":{\"consumer_count\":%d}}"
        .formatted(streams.get(name), count);
  }

  /**
   * Lets this consumer be created, changed, and inspected.
   *
   * @param stream its stream
   * @param name its name
   */
  public void permitConsumer(String stream, String name) {
    String full = stream + "." + name;
    server.answer(
        "CONSUMER.CREATE." + full,
        body -> {
          consumers.put(full, body);
          return consumer(stream, name);
        });
    server.answer(
        "CONSUMER.INFO." + full,
        body ->
            consumers.containsKey(full)
                ? consumer(stream, name)
                : AnsweringServer.error(404, 10014));
  }

  private String consumer(String stream, String name) {
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"%s\",\"name\":\"%s\",\"config\":%s}"
        .formatted(stream, name, consumers.get(stream + "." + name));
  }

  /**
   * Changes a stored configuration, as an administrator does.
   *
   * @param name a stream, or a consumer after its stream and a dot
   * @param before a part of its JSON
   * @param after what replaces it
   */
  public void edit(String name, String before, String after) {
    Map<String, String> all = name.contains(".") ? consumers : streams;
    String config = all.get(name);
    if (config == null || !config.contains(before)) {
      throw new AssertionError(before + " is not in " + config);
    }
    all.put(name, config.replace(before, after));
  }

  /**
   * Deletes a stream with its consumers, as another client does.
   *
   * @param name its name
   */
  public void deleteStream(String name) {
    streams.remove(name);
    consumers.keySet().removeIf(each -> each.startsWith(name + "."));
  }

  /**
   * Deletes a consumer, as another client does.
   *
   * @param stream its stream
   * @param name its name
   */
  public void deleteConsumer(String stream, String name) {
    consumers.remove(stream + "." + name);
  }

  /**
   * Returns the existing streams, then the existing consumers.
   *
   * @return a copy
   */
  public List<String> exist() {
    return java.util.stream.Stream.concat(streams.keySet().stream(), consumers.keySet().stream())
        .toList();
  }

  /**
   * Returns the requests since the last call, without their bodies.
   *
   * @return a copy, in order
   */
  public List<String> asked() {
    List<String> asked =
        server.asked().stream().map(one -> one.substring(0, one.indexOf(' '))).toList();
    server.forget();
    return asked;
  }
}
