// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Codec;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPartition;
import dev.jetlane.TypedPuller;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A typed pull that finds a task that cannot be decoded. */
@Timeout(60)
class TypedPullTest {

  private static final Codec<Integer> NUMBERS =
      new Codec<>() {
        @Override
        public byte[] encode(Integer value) throws Exception {
          return Codec.text().encode(value.toString());
        }

        @Override
        public Integer decode(byte[] payload) throws Exception {
          return Integer.valueOf(Codec.text().decode(payload));
        }
      };

  private final ManualClock clock = new ManualClock();
  private final TaskQueue queue = InMemoryServer.create(clock).connect(QueueConfig.defaults());
  private final TypedPartition<Integer> numbers = queue.partition("p").typed(NUMBERS);

  @AfterEach
  void close() {
    queue.close();
  }

  @Test
  void waitsOnForTheRestOfItsTime() {
    try (TypedPuller<Integer> puller = numbers.puller()) {
      CompletableFuture<List<TypedDelivery<Integer>>> pull =
          puller.pullAsync(1, Duration.ofSeconds(10));
      queue.partition("p").push(Task.of("poison", "no number"));
      clock.advance(Duration.ofSeconds(9));
      assertThat(pull).isNotDone();
      clock.advance(Duration.ofSeconds(1));
      assertThat(pull.join()).isEmpty();
      assertThat(queue.partition("p").deadLetters().list(2)).hasSize(1);
    }
  }

  @Test
  void aPullThatBlocksAlsoWaitsOnForTheRestOfItsTime() throws InterruptedException {
    ManualClock automatic = ManualClock.automatic();
    try (TaskQueue blocked = InMemoryServer.create(automatic).connect(QueueConfig.defaults())) {
      Partition partition = blocked.partition("p");
      partition.push(Task.of("poison", "no number").withDelay(Duration.ofSeconds(9)));
      Instant before = automatic.now();
      try (TypedPuller<Integer> puller = partition.typed(NUMBERS).puller()) {
        assertThat(puller.pull(1, Duration.ofSeconds(10))).isEmpty();
      }
      assertThat(automatic.now()).isEqualTo(before.plusSeconds(10));
      assertThat(partition.deadLetters().list(2)).hasSize(1);
    }
  }
}
