// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.nats.request.AnsweringServer;
import java.util.concurrent.CountDownLatch;

/** The room of an empty stream, which a server does not say until the test wants it. */
final class LateRoom {

  /** Open until the first question. */
  final CountDownLatch asked = new CountDownLatch(1);

  /** Open until the server answers all questions. */
  final CountDownLatch answered = new CountDownLatch(1);

  LateRoom(AnsweringServer server) {
    server.answer("STREAM.INFO.jetlane", body -> answer());
  }

  private String answer() {
    asked.countDown();
    try {
      answered.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "{\"created\":\"2026-01-01T00:00:00Z\",\"total\":0,\"config\":{\"name\":\"jetlane\"},"
        + "\"state\":{\"messages\":0,\"subjects\":{}}}";
  }
}
