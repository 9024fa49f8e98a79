// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.spring.test.AutoConfigureJetlane;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Health and metrics over HTTP. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "texts=notes",
      "management.endpoints.web.exposure.include=health,prometheus",
      "management.endpoint.health.show-details=always",
      "management.endpoint.health.probes.enabled=true",
      "management.endpoint.health.group.readiness.include=readinessState,jetlane",
      "management.prometheus.metrics.export.enabled=true"
    })
@AutoConfigureJetlane
class EndpointsTest {

  @Autowired private InMemoryServer server;
  @Autowired private Faults faults;
  @Autowired private TaskQueue queue;

  @Value("${local.server.port}")
  private int port;

  @Test
  void showTheHealth() throws Exception {
    queue.partition("notes").push(Task.of("note-1", "hello"));
    server.awaitWorkers();
    assertThat(get("prometheus").body())
        .contains("jetlane_pushed_total{partition=\"notes\"} 1.0")
        .contains("jetlane_tasks{partition=\"notes\",state=\"ready\"} 0.0")
        .contains("jetlane_worker_concurrency{partition=\"orders\"} 2.0")
        .contains("jetlane_worker_running{partition=\"notes\"} 0.0");
    HttpResponse<String> well = get("health");
    assertThat(well.statusCode()).isEqualTo(200);
    assertThat(well.body()).contains("\"jetlane\":{").contains("\"ready\":true");

    faults.disconnect();
    HttpResponse<String> cutOff = get("health");
    assertThat(cutOff.statusCode()).isEqualTo(503);
    assertThat(cutOff.body()).contains("\"live\":false").contains("\"ready\":false");
    assertThat(get("health/readiness").statusCode()).isEqualTo(503);
    assertThat(get("health/liveness").statusCode()).isEqualTo(200);
    faults.reconnect();
  }

  /** A connection alone is not readiness. */
  @Test
  void distinguishLiveFromReady() throws Exception {
    queue.partition("idle");
    faults.deleteConsumer("idle");
    HttpResponse<String> unready = get("health");
    assertThat(unready.statusCode()).isEqualTo(503);
    assertThat(unready.body())
        .contains("OUT_OF_SERVICE")
        .contains("partition idle is gone")
        .contains("\"live\":true")
        .contains("\"ready\":false");
  }

  @Test
  void anIdThatNoTaskCanHaveIsABadRequest() throws Exception {
    HttpResponse<String> refused = ask("/tasks/%20");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("task id");
    assertThat(refused.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(ask("/tasks/task-1").statusCode()).isEqualTo(200);
  }

  @TestConfiguration
  @RestController
  static class Tasks {

    @GetMapping("/tasks/{id}")
    String task(@PathVariable("id") String id) {
      return Task.of(id, "").id();
    }
  }

  private HttpResponse<String> get(String endpoint) throws Exception {
    return ask("/actuator/" + endpoint);
  }

  private HttpResponse<String> ask(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
