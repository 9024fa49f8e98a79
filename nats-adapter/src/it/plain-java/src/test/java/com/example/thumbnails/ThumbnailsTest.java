// SPDX-License-Identifier: Apache-2.0
package com.example.thumbnails;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jetlane.nats.testing.NatsServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ThumbnailsTest {

  @Test
  @Timeout(120)
  void worksAndReportsItsHealth() throws Exception {
    try (NatsServer server = NatsServer.start();
        Thumbnails app = new Thumbnails(server.url(), 0)) {
      app.upload("picture-1", 1);
      app.upload("picture-1", 1); // a repeated push: stored once
      app.upload("picture-1", 2); // the picture has changed: another task
      while (!get(app, "/metrics").body().contains(ACKED + " 2")) {
        Thread.onSpinWait();
      }
      assertEquals(2, app.made());
      assertEquals(200, get(app, "/health").statusCode());
      String metrics = get(app, "/metrics").body();
      assertTrue(metrics.contains("jetlane_pushed_total{partition=\"pictures\"} 2.0"), metrics);
      assertTrue(metrics.contains("jetlane_connected 1.0"), metrics);
      assertTrue(
          metrics.contains("jetlane_worker_concurrency{partition=\"pictures\"} 2.0"), metrics);
    }
  }

  private static final String ACKED =
      "jetlane_held_seconds_count{outcome=\"acked\",partition=\"pictures\"}";

  private static HttpResponse<String> get(Thumbnails app, String path) throws Exception {
    URI uri = URI.create("http://localhost:" + app.port() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
