// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * The compose file of the documentation, started by docker-compose: its health check succeeds
 * inside the image, and its volume survives the container. {@code .ci/with-docker} sets the
 * variable.
 */
@EnabledIfEnvironmentVariable(named = NatsComposeTest.IMAGE, matches = ".+")
@Timeout(300)
class NatsComposeTest {

  static final String IMAGE = "JETLANE_COMPOSE_IMAGE";
  private static final Path FILE = Path.of("docs", "compose.yaml");

  private final String project = "jetlane-" + Long.toString(System.nanoTime(), 36);
  private final int port = freePort();
  private final int monitoringPort = freePort();

  @AfterEach
  void removeAll() throws Exception {
    compose("down", "-v");
  }

  @Test
  void becomesHealthyAndKeepsItsTasks() throws Exception {
    compose("up", "-d");
    TestQueues.await("a healthy container", this::isHealthy);
    assertThat(get("/healthz?js-enabled-only=true")).contains("\"ok\"");
    NatsOptions options = NatsOptions.defaults().withUrl("nats://127.0.0.1:" + port);
    try (TaskQueue queue = NatsQueues.connect(options)) {
      TestQueues.pushed(queue.partition("gpu"), Task.of("task-42", "payload"));
    }
    compose("down");
    compose("up", "-d");
    TestQueues.await("a healthy container again", this::isHealthy);
    try (TaskQueue queue = NatsQueues.connect(options);
        Puller puller = queue.partition("gpu").puller()) {
      List<Delivery> kept = TestQueues.pull(puller, 1);
      assertThat(TestQueues.ids(kept)).containsExactly("task-42");
      assertThat(TestQueues.ack(kept.get(0))).isEqualTo(Settlement.SETTLED);
    }
    assertThat(get("/jsz?streams=true&consumers=true&config=true"))
        .contains("\"jetlane\"", "\"gpu\"", "num_ack_pending");
  }

  /** The health check of the file, which docker runs within the container. */
  private boolean isHealthy() {
    try {
      String id = compose("ps", "-q", "nats").strip();
      return run(List.of("docker", "inspect", "-f", "{{.State.Health.Status}}", id))
          .strip()
          .equals("healthy");
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String get(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + monitoringPort + path);
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  private String compose(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker-compose", "-p", project));
    command.addAll(List.of("-f", FILE.toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    @Nullable String image = System.getenv(IMAGE);
    builder
        .environment()
        .putAll(
            Map.of(
                "NATS_IMAGE",
                String.valueOf(image),
                "NATS_PORT",
                Integer.toString(port),
                "NATS_MONITORING_PORT",
                Integer.toString(monitoringPort)));
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, printed).isZero();
    return printed;
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
