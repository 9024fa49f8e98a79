// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real Prometheus in a folder of its own, on loopback, that scrapes one target every second. */
final class Prometheus implements AutoCloseable {

  private final Process process;
  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();

  private Prometheus(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Prometheus start(Path binaries, Path folder, int target) throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global: {scrape_interval: 1s}
        scrape_configs:
          - job_name: orders
            metrics_path: /actuator/prometheus
            static_configs: [{targets: ["127.0.0.1:%d"]}]
        """
            .formatted(target));
    Process process =
        new ProcessBuilder(
                binaries.resolve("prometheus").toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=error")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    Prometheus prometheus = new Prometheus(process, port);
    prometheus.awaitReady();
    return prometheus;
  }

  /** Returns the samples of an instant query, without those that are not a number. */
  List<JsonNode> query(String expression) throws Exception {
    String path = "/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8);
    JsonNode answer = json.readTree(get(path).body());
    if (!answer.path("status").asText().equals("success")) {
      throw new AssertionError(expression + ": " + answer);
    }
    return answer.path("data").path("result").valueStream().filter(Prometheus::isNumber).toList();
  }

  private static boolean isNumber(JsonNode sample) {
    return !sample.path("value").path(1).asText().equals("NaN");
  }

  private void awaitReady() throws Exception {
    while (true) {
      if (!process.isAlive()) {
        throw new IllegalStateException("prometheus ended with " + process.exitValue());
      }
      try {
        if (get("/-/ready").statusCode() == 200) {
          return;
        }
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
