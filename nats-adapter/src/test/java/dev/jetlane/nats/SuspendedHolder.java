// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats;

import dev.jetlane.Delivery;
import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A worker process that holds one task, and settles it as the commands on its input say. */
final class SuspendedHolder {

  private SuspendedHolder() {}

  /** Arguments: url, name of the stream and prefix of the subjects, lease in milliseconds. */
  public static void main(String[] args) throws IOException, InterruptedException {
    NatsOptions options =
        NatsOptions.defaults()
            .withUrl(args[0])
            .withStream(args[1])
            .withSubjectPrefix(args[1])
            .withStorage(NatsOptions.Storage.MEMORY)
            .withQueue(
                QueueConfig.defaults().withLease(Duration.ofMillis(Long.parseLong(args[2]))));
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (TaskQueue queue = NatsQueues.connect(options);
        var puller = queue.partition("p").puller()) {
      Delivery delivery = puller.pull(1, Duration.ofSeconds(20)).get(0);
      System.out.println("attempt " + delivery.attempt());
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(answer(delivery, line));
      }
    }
  }

  private static String answer(Delivery delivery, String command) {
    try {
      return switch (command) {
        case "nak" -> delivery.nak().toString();
        case "ack" -> delivery.ack().toString();
        case "extend" -> "extended " + delivery.extend();
        default -> Long.toString(leftMillis(delivery));
      };
    } catch (TaskQueueException e) {
      return e.getClass().getSimpleName();
    }
  }

  /** Rounded up, so that zero means an expired lease. */
  private static long leftMillis(Delivery delivery) {
    return (delivery.leaseRemaining().toNanos() + 999_999) / 1_000_000;
  }
}
