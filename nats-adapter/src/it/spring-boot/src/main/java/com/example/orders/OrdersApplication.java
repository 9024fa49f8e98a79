// SPDX-License-Identifier: Apache-2.0
package com.example.orders;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.spring.TaskListener;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class OrdersApplication {

  record Order(String article, int pieces) {}

  private final Partition orders;
  private final Warehouse warehouse;

  OrdersApplication(Partition orders, Warehouse warehouse) {
    this.orders = orders;
    this.warehouse = warehouse;
  }

  public static void main(String[] args) {
    SpringApplication.run(OrdersApplication.class, args);
  }

  /** A repeated request within the dedup window stores nothing: the id is the same. */
  @PutMapping("/orders/{id}")
  String order(@PathVariable("id") String id, @RequestBody byte[] order) {
    return orders.push(Task.of(id, order)).duplicate() ? "known\n" : "accepted\n";
  }

  /** Returning acks the task. An exception gives it back for a later attempt. */
  @TaskListener(partition = "orders", concurrency = "8")
  void ship(Order order, Delivery delivery) {
    warehouse.ship(delivery.taskId(), order.article(), order.pieces());
  }
}
