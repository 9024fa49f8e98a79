package com.example.orders;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.nats.testing.NatsServer;
import java.time.Duration;
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

  private static final NatsServer SERVER = NatsServer.start();

  @Autowired private TestRestTemplate http;
  @Autowired private Partition orders;

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
    try (Puller puller = orders.puller();
        Delivery order = puller.pull(1, Duration.ofSeconds(60)).get(0)) {
      assertThat(order.taskId()).isEqualTo("42");
      order.ack();
    }
    assertThat(http.getForObject("/actuator/health", String.class))
        .contains("\"queue\":{\"status\":\"UP\",\"details\":{\"problems\":[]}}");
    assertThat(http.getForObject("/actuator/prometheus", String.class))
        .contains("jetlane_pushed_total{partition=\"orders\"} 1.0")
        .contains("jetlane_push_duplicates_total{partition=\"orders\"} 1.0")
        .contains("jetlane_held_seconds_count{outcome=\"acked\",partition=\"orders\"} 1")
        .contains("jetlane_tasks{partition=\"orders\",state=\"ready\"}");
  }
}
