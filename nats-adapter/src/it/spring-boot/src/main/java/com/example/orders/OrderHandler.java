package com.example.orders;

import dev.jetlane.Delivery;
import dev.jetlane.TaskHandler;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** Must be idempotent: a task may come more than once. */
@Component
class OrderHandler implements TaskHandler {

  private final Set<String> shipped = ConcurrentHashMap.newKeySet();

  /**
   * Returning acks the task; throwing gives it back for later, and in the end to the dead letters.
   */
  @Override
  public void handle(Delivery order) {
    String what = new String(order.payload(), StandardCharsets.UTF_8);
    if (what.isBlank()) {
      throw new IllegalArgumentException("an empty order");
    }
    shipped.add(order.taskId());
  }

  boolean hasShipped(String id) {
    return shipped.contains(id);
  }
}
