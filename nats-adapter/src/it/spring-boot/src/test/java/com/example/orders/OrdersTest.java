package com.example.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.testing.NatsServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.actuate.observability.AutoConfigureObservability;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.client.TestRestTemplate;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = "spring.main.banner-mode=off")
@AutoConfigureObservability(tracing = false) // tests have no metrics otherwise
@Timeout(120)
class OrdersTest {

  private static final String ACKED =
      "jetlane_held_seconds_count{outcome=\"acked\",partition=\"orders\"}";
  private static final NatsServer SERVER = NatsServer.start();

  @Autowired private TestRestTemplate http;
  @Autowired private OrderHandler handler;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("queue.url", SERVER::url);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void takesAnOrderOnceAndSaysHowItIs() throws Exception {
    http.put("/orders/42", "two of these");
    http.put("/orders/42", "two of these");
    while (!prometheus().contains(ACKED + " 1")) {
      Thread.onSpinWait();
    }
    assertThat(handler.hasShipped("42")).isTrue();
    assertThat(http.getForObject("/actuator/health", String.class))
        .contains("\"queue\":{\"status\":\"UP\",\"details\":{\"problems\":[]}}");
    assertThat(prometheus())
        .contains("jetlane_pushed_total{partition=\"orders\"} 1.0")
        .contains("jetlane_push_duplicates_total{partition=\"orders\"} 1.0")
        .contains("jetlane_tasks{partition=\"orders\",state=\"ready\"}");
  }

  private String prometheus() {
    return String.valueOf(http.getForObject("/actuator/prometheus", String.class));
  }
}
