// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.testing.NatsServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The application on a real nats-server, over HTTP. */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.main.banner-mode=off",
      "management.prometheus.metrics.export.enabled=true" // off in tests otherwise
    })
@Timeout(120)
class OrdersOnServerTest {

  private static final String ACKED =
      "jetlane_held_seconds_count{outcome=\"acked\",partition=\"orders\"}";
  private static final NatsServer SERVER = NatsServer.start();

  @Autowired private Warehouse warehouse;
  @LocalServerPort private int port;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("jetlane.url", SERVER::url);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void acceptsAnOrderOnceAndReportsItsHealth() throws Exception {
    assertThat(put("/orders/42").body()).isEqualTo("accepted\n");
    assertThat(put("/orders/42").body()).isEqualTo("known\n");
    while (!prometheus().contains(ACKED + " 1")) {
      Thread.onSpinWait();
    }
    assertThat(warehouse.hasShipped("42")).isTrue();
    assertThat(get("/actuator/health")).contains("\"jetlane\":{\"status\":\"UP\"");
    assertThat(prometheus())
        .contains("jetlane_pushed_total{partition=\"orders\"} 1.0")
        .contains("jetlane_push_duplicates_total{partition=\"orders\"} 1.0")
        .contains("jetlane_tasks{partition=\"orders\",state=\"ready\"}");
  }

  @Test
  void anIdThatNoTaskCanHaveIsABadRequest() throws Exception {
    HttpResponse<String> refused = put("/orders/%20");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("task id");
  }

  private String prometheus() throws Exception {
    return get("/actuator/prometheus");
  }

  private String get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).build()).body();
  }

  private HttpResponse<String> put(String path) throws Exception {
    String order = "{\"article\": \"pen\", \"pieces\": 2}";
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(order))
            .build());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
