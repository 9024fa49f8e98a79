// SPDX-License-Identifier: Apache-2.0
package com.example.thumbnails;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.micrometer.QueueMetrics;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A producer and a worker in one process, with {@code GET /health} for the platform that restarts
 * it and {@code GET /metrics} for Prometheus.
 */
public final class Thumbnails implements AutoCloseable {

  private final AtomicInteger made = new AtomicInteger();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final TaskQueue queue;
  private final Partition pictures;
  private final HttpServer http;
  private final Worker worker;

  /** Connects and starts to work. Port 0 takes any. */
  public Thumbnails(String natsUrl, int port) throws IOException {
    QueueConfig config = QueueConfig.defaults().withLease(Duration.ofSeconds(30));
    QueueMetrics metrics = new QueueMetrics(registry);
    queue =
        NatsQueues.connect(
            NatsOptions.defaults()
                .withUrl(natsUrl)
                .withStream("thumbnails")
                .withSubjectPrefix("thumbnails")
                .withQueue(config)
                .withListener(metrics));
    pictures = queue.partition("pictures");
    metrics.watch(pictures, config.maxOutstanding());
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    http.createContext("/health", this::health);
    http.createContext("/metrics", exchange -> answer(exchange, 200, registry.scrape()));
    http.start();
    worker = pictures.work(this::shrink, WorkerOptions.concurrency(2));
    metrics.watch(worker);
  }

  /** Runs until the process is stopped. */
  public static void main(String[] args) throws Exception {
    String url = args.length > 0 ? args[0] : "nats://localhost:4222";
    Thumbnails app = new Thumbnails(url, 8080);
    Runtime.getRuntime().addShutdownHook(new Thread(app::close));
    app.upload("picture-1", 1);
  }

  /**
   * The producer. The id names one version of one picture, so that a push can be repeated after a
   * lost answer. With the name of the picture alone, a picture that changes within the dedup window
   * would be taken for a repeated push, and its new version for a task that is done.
   */
  public void upload(String picture, int version) {
    pictures.push(Task.of(picture + "/" + version, "pixels of " + picture));
  }

  public int made() {
    return made.get();
  }

  public int port() {
    return http.getAddress().getPort();
  }

  /**
   * Returning acks the task; throwing gives it back for later, and in the end to the dead letters.
   */
  private void shrink(Delivery picture) {
    if (picture.payload().length == 0) {
      throw new IllegalArgumentException("no pixels");
    }
    made.incrementAndGet();
  }

  private void health(HttpExchange exchange) throws IOException {
    Health health = queue.health();
    answer(exchange, health.ready() ? 200 : 503, String.join("\n", health.problems()));
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    try {
      worker.drain(Duration.ofSeconds(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    queue.close();
    http.stop(0);
  }
}
