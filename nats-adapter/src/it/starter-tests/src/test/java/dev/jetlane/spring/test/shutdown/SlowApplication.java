// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shutdown;

import dev.jetlane.Delivery;
import dev.jetlane.spring.TaskListener;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Takes two seconds for each task, and prints it. */
@SpringBootApplication
public class SlowApplication {

  public static void main(String[] args) {
    SpringApplication.run(SlowApplication.class, args);
  }

  @TaskListener(partition = "slow", concurrency = "50")
  void work(Delivery delivery) throws InterruptedException {
    System.out.println("begun " + delivery.taskId());
    TimeUnit.SECONDS.sleep(2);
    System.out.println("ended " + delivery.taskId());
  }
}
