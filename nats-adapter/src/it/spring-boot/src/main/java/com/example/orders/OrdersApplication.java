package com.example.orders;

import dev.jetlane.Partition;
import dev.jetlane.Task;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@ConfigurationPropertiesScan
@RestController
public class OrdersApplication {

  private final Partition orders;

  OrdersApplication(Partition orders) {
    this.orders = orders;
  }

  public static void main(String[] args) {
    SpringApplication.run(OrdersApplication.class, args);
  }

  /** The id makes a repeated request harmless. */
  @PutMapping("/orders/{id}")
  public String order(@PathVariable("id") String id, @RequestBody String order) {
    return orders.push(Task.of(id, order)).duplicate() ? "known\n" : "accepted\n";
  }
}
