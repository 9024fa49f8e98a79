// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import dev.jetlane.Delivery;
import dev.jetlane.spring.TaskListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Listeners of every kind. */
@SpringBootApplication
class ShopApplication {

  record Order(String article, int pieces) {}

  final List<Object> seen = new CopyOnWriteArrayList<>();

  /** The stages of the asynchronous listener, by attempt. */
  final Map<Integer, CompletableFuture<Void>> started = new ConcurrentHashMap<>();

  @TaskListener(partition = "orders", concurrency = "2")
  void order(Order order, Delivery delivery) {
    if (order.pieces() == 0) {
      throw new IllegalArgumentException("no pieces");
    }
    seen.add(delivery.taskId() + " " + order);
  }

  @TaskListener(partition = "${texts}")
  void text(String text) {
    seen.add(text);
  }

  @TaskListener(partition = "bytes")
  void bytes(byte[] bytes) {
    seen.add(bytes.length);
  }

  @TaskListener(partition = "slow")
  CompletionStage<Void> slow(Delivery delivery) {
    return started.computeIfAbsent(delivery.attempt(), attempt -> new CompletableFuture<>());
  }

  @TaskListener(partition = "asleep", autoStartup = "false")
  void asleep(Delivery delivery) {
    seen.add(delivery);
  }
}
