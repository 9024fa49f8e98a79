// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.Session;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The judgement of how often a server writes to disk. */
@Timeout(60)
class SyncIntervalTest {

  /** A power failure loses nothing with several copies, or if each write is on disk. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"sync_interval\":5}|1|WARNING sync interval: PT0.000000005S|true",
        "{\"sync_interval\":5}|2|OK sync interval: PT0.000000005S|false",
        "{\"sync_interval\":5}|0|WARNING sync interval: PT0.000000005S|true",
        "{\"sync_always\":true}|1|OK sync interval: always|false",
        "{\"sync_always\":true}|0|OK sync interval: always|false",
        "{}|3|UNSEEN sync interval: not readable from http|true"
      })
  void theIntervalMattersForASingleCopy(
      String page, int replicas, String finding, boolean hasAdvice) throws Exception {
    AnsweringServer server = new AnsweringServer("jetlane");
    if (replicas > 0) {
      server.stream("jetlane", ",\"num_replicas\":" + replicas);
    }
    server.answer("STREAM.NAMES", body -> "{}");
    server.answer("INFO", body -> AnsweringServer.error(503, 10008));
    server.answer(".USER.INFO", body -> "{}");
    Session session =
        new Session(
            TestQueues.settings(NatsOptions.defaults()), server.wire(), DriverEvents.none());
    HttpServer port =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] body = page.getBytes(StandardCharsets.UTF_8);
    port.createContext(
        "/varz",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    port.start();
    List<String> found = new ArrayList<>();
    try {
      new Examination(
              session,
              TestQueues.terms(NatsOptions.defaults()),
              (level, topic, evidence, advice) -> {
                if (topic.equals("sync interval")) {
                  found.add(level + " " + topic + ": " + evidence);
                  assertThat(advice.contains("power failure")).isEqualTo(hasAdvice);
                }
              })
          .run(URI.create("http://127.0.0.1:" + port.getAddress().getPort()));
    } finally {
      port.stop(0);
      session.close();
    }
    assertThat(found).singleElement().asString().startsWith(finding);
  }
}
