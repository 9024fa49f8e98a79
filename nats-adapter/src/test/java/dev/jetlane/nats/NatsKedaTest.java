// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsConfig;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The example for KEDA selects a partition as the queue lays it out, and the lag that its scaler
 * computes is the backlog. The request and the sum are those of KEDA 2.8 to 2.19
 * (pkg/scalers/nats_jetstream_scaler.go).
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(60)
class NatsKedaTest {

  private static final Path EXAMPLE =
      Path.of(System.getProperty("jetlane.root", ".."), "nats-adapter", "monitoring", "keda.yaml");

  @Test
  void theLagIsTheBacklog() throws Exception {
    String yaml = Files.readString(EXAMPLE);
    String account = value(yaml, "account");
    assertThat(value(yaml, "natsServerMonitoringEndpoint")).endsWith(":8222");
    try (NatsServer server = NatsServer.start(NatsConfig.defaults().withMonitoring());
        TaskQueue queue = NatsQueues.connect(NatsOptions.defaults().withUrl(server.url()))) {
      Partition gpu = queue.partition(value(yaml, "consumer"));
      for (String id : List.of("a", "b", "c")) {
        gpu.push(Task.of(id, ""));
      }
      gpu.push(Task.of("later", "").withDelay(Duration.ofHours(1)));
      try (Puller puller = gpu.puller()) {
        TestQueues.pull(puller, 1);
        TestQueues.awaitReady(gpu, 2);
        JsonValue consumer = consumer(server, yaml, account);
        long lag = number(consumer, "num_pending") + number(consumer, "num_ack_pending");
        assertThat(lag).isEqualTo(3).isEqualTo(gpu.stats().backlog());
      }
    }
  }

  private static JsonValue consumer(NatsServer server, String yaml, String account)
      throws Exception {
    URI page =
        URI.create(server.monitoringUrl() + "/jsz?acc=" + account + "&consumers=true&config=true");
    JsonValue answer;
    try (InputStream in = page.toURL().openStream()) {
      answer = JsonParser.parse(in.readAllBytes());
    }
    JsonValue ofAccount = named(answer, "account_details", account);
    JsonValue stream = named(ofAccount, "stream_detail", value(yaml, "stream"));
    return named(stream, "consumer_detail", value(yaml, "consumer"));
  }

  private static JsonValue named(JsonValue parent, String list, String name) {
    return Objects.requireNonNull(parent.map.get(list)).array.stream()
        .filter(each -> Objects.requireNonNull(each.map.get("name")).string.equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static long number(JsonValue parent, String name) {
    return Objects.requireNonNull(parent.map.get(name)).i;
  }

  private static String value(String yaml, String name) {
    Matcher line = Pattern.compile(" " + name + ": \"([^\"]+)\"").matcher(yaml);
    assertThat(line.find()).as(name).isTrue();
    return line.group(1);
  }
}
