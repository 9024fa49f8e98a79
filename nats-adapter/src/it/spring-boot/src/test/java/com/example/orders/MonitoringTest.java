// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.micrometer.QueueMetrics;
import dev.jetlane.nats.testing.NatsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.yaml.snakeyaml.Yaml;

/**
 * Runs every case of the dashboard and the alerts in an application, and sends each of their
 * queries to a real Prometheus: each must return data. Writes the answers to {@code
 * target/queries.md}.
 */
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "spring.main.banner-mode=off",
      "management.prometheus.metrics.export.enabled=true",
      "jetlane.worker.auto-startup=false",
      "jetlane.lease=2s",
      "jetlane.max-deliveries=2",
      "jetlane.max-outstanding=4"
    })
@Timeout(300)
class MonitoringTest {

  private static final Path ROOT = Path.of(System.getProperty("jetlane.root"));
  private static final Path BINARIES = ROOT.resolve(".nats/prometheus");
  private static final Path MONITORING = ROOT.resolve("nats-adapter/monitoring");
  private static final NatsServer SERVER = NatsServer.start();

  /** The thresholds for an hour and for a dead connection; alerts.test.yml tests those. */
  private static final String OUT_OF_REACH = " > 3600$| < 1$";

  @Autowired private TaskQueue queue;
  @Autowired private QueueMetrics metrics;
  @Autowired private Partition orders;
  @LocalServerPort private int port;
  @TempDir private Path folder;

  @DynamicPropertySource
  static void settings(DynamicPropertyRegistry registry) {
    registry.add("jetlane.url", SERVER::url);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void everyQueryReturnsData() throws Exception {
    assertThat(BINARIES.resolve("prometheus"))
        .as(".ci/setup --prometheus fetches it")
        .isExecutable();
    Map<String, String> queries = queries();
    assertThat(queries).hasSizeGreaterThan(20);
    Map<String, String> answers = new LinkedHashMap<>();
    orders.push(Task.of("always-one-waits-1", ""));
    orders.push(Task.of("always-one-waits-2", ""));
    Partition returns = queue.partition("returns");
    try (Prometheus prometheus = Prometheus.start(BINARIES, folder, port);
        Puller puller = orders.puller();
        Worker worker = returns.work(MonitoringTest::fail, WorkerOptions.concurrency(1))) {
      metrics.watch(worker);
      for (int round = 0; answers.size() < queries.size(); round++) {
        TimeUnit.SECONDS.sleep(1);
        runEveryCase(puller, round);
        returns.push(Task.of("return-" + round, ""));
        for (Map.Entry<String, String> query : queries.entrySet()) {
          List<JsonNode> samples = prometheus.query(query.getValue());
          if (!samples.isEmpty()) {
            answers.put(query.getKey(), shown(samples));
          }
        }
        assertThat(round).as(() -> "no data for " + missing(queries, answers)).isLessThan(90);
      }
    }
    write(queries, answers);
  }

  @Test
  void theAlertsFireAsExpected() throws Exception {
    Process promtool =
        new ProcessBuilder(
                BINARIES.resolve("promtool").toString(), "test", "rules", "alerts.test.yml")
            .directory(MONITORING.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(promtool.getInputStream().readAllBytes());
    assertThat(promtool.waitFor()).as(said).isZero();
  }

  private static void fail(Delivery delivery) {
    throw new IllegalStateException("no such order");
  }

  /**
   * One task of each kind: settled, given back, refused, exhausted, held too long; and some more.
   */
  private void runEveryCase(Puller puller, int round) throws Exception {
    String id = "order-" + round;
    orders.push(Task.of(id, ""));
    orders.push(Task.of(id, ""));
    for (int i = 0; i < 5; i++) {
      orders.push(Task.of(id + "-" + i, ""));
    }
    List<Delivery> held = puller.pull(4, Duration.ofSeconds(1));
    if (round % 6 == 5) {
      for (Delivery tooLong : held) {
        tooLong.whenLeaseLost().toCompletableFuture().get(60, TimeUnit.SECONDS);
      }
      return;
    }
    for (int i = 0; i < held.size(); i++) {
      switch (i) {
        case 0 -> held.get(i).ack();
        case 1 -> held.get(i).close();
        case 2 -> held.get(i).deadLetter("no such article");
        default -> {} // stays outstanding until its lease is over
      }
    }
  }

  /**
   * Every expression of the dashboard and of the alerts, with its threshold if the run can reach
   * it.
   */
  private static Map<String, String> queries() throws Exception {
    Map<String, String> queries = new LinkedHashMap<>();
    JsonNode dashboard = new ObjectMapper().readTree(MONITORING.resolve("dashboard.json").toFile());
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.put(
            panel.path("title").asText() + " " + target.path("refId").asText(),
            target
                .path("expr")
                .asText()
                .replace("$__rate_interval", "1m")
                .replaceAll("\\$(partition|application|environment)", ".*"));
      }
    }
    Map<String, Object> alerts =
        new Yaml().load(Files.readString(MONITORING.resolve("alerts.yml")));
    for (Object group : (List<?>) alerts.get("groups")) {
      for (Object rule : (List<?>) ((Map<?, ?>) group).get("rules")) {
        String name = (String) ((Map<?, ?>) rule).get("alert");
        String expression = (String) ((Map<?, ?>) rule).get("expr");
        queries.put("alert " + name, expression.replaceAll(OUT_OF_REACH, ""));
      }
    }
    return queries;
  }

  private static List<String> missing(Map<String, String> queries, Map<String, String> answers) {
    List<String> missing = new ArrayList<>(queries.keySet());
    missing.removeAll(answers.keySet());
    return missing;
  }

  private static String shown(List<JsonNode> samples) {
    List<String> shown = new ArrayList<>();
    for (JsonNode sample : samples) {
      shown.add(sample.path("metric").toString() + " " + sample.path("value").path(1).asText());
    }
    return String.join("; ", shown);
  }

  private static void write(Map<String, String> queries, Map<String, String> answers)
      throws Exception {
    StringBuilder text = new StringBuilder("| query | answer |\n| --- | --- |\n");
    queries.forEach(
        (name, query) ->
            text.append("| ")
                .append(name)
                .append(": `")
                .append(query.replace("|", "\\|"))
                .append("` | ")
                .append(answers.get(name))
                .append(" |\n"));
    Files.writeString(Path.of("target", "queries.md"), text);
  }
}
