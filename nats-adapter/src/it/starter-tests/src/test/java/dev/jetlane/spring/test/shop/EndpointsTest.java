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

/** Health and metrics as the outside sees them. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "texts=notes",
      "management.endpoints.web.exposure.include=health,prometheus",
      "management.endpoint.health.show-details=always",
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
  void tellHowItIs() throws Exception {
    queue.partition("notes").push(Task.of("note-1", "hello"));
    server.awaitWorkers();
    assertThat(get("prometheus").body())
        .contains("jetlane_pushed_total{partition=\"notes\"} 1.0")
        .contains("jetlane_tasks{partition=\"notes\",state=\"ready\"} 0.0");
    HttpResponse<String> well = get("health");
    assertThat(well.statusCode()).isEqualTo(200);
    assertThat(well.body()).contains("\"jetlane\":{").contains("\"ready\":true");

    faults.disconnect();
    HttpResponse<String> cutOff = get("health");
    assertThat(cutOff.statusCode()).isEqualTo(503);
    assertThat(cutOff.body()).contains("\"live\":false").contains("\"ready\":false");
    faults.reconnect();
  }

  private HttpResponse<String> get(String endpoint) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/" + endpoint);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
