// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.DeadLetter;
import dev.jetlane.Partition;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TypedPartition;
import dev.jetlane.inmemory.Faults;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.inmemory.TaskSnapshot;
import dev.jetlane.spring.PayloadCodec;
import dev.jetlane.spring.TaskListeners;
import dev.jetlane.spring.test.JetlaneTest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;

@JetlaneTest(
    properties = {
      "texts=notes",
      "jetlane.partitions=orders,other",
      "jetlane.max-deliveries=3",
      "spring.main.banner-mode=off"
    })
@Timeout(60)
class TaskListenerTest {

  @Autowired private ShopApplication shop;
  @Autowired private InMemoryServer server;
  @Autowired private ManualClock clock;
  @Autowired private Faults faults;
  @Autowired private TaskQueue queue;
  @Autowired private TaskListeners listeners;
  @Autowired private PayloadCodec codec;

  @Autowired
  @Qualifier("orders")
  private Partition orders;

  @Autowired
  @Qualifier("orders")
  private TypedPartition<ShopApplication.Order> typed;

  @Autowired
  @Qualifier("other")
  private ObjectProvider<TypedPartition<String>> texts;

  @Test
  void readsEachKindOfPayload() throws Exception {
    orders.push(Task.of("order-1", codec.write(new ShopApplication.Order("pen", 2))));
    server.awaitWorkers();
    queue.partition("notes").push(Task.of("note-1", "grüße"));
    server.awaitWorkers();
    queue.partition("bytes").push(Task.of("bytes-1", new byte[7]));
    server.awaitWorkers();
    assertThat(shop.seen).containsExactly("order-1 Order[article=pen, pieces=2]", "grüße", 7);
  }

  @Test
  void receivesValues() throws Exception {
    typed.push("order-1", new ShopApplication.Order("pen", 2));
    server.awaitWorkers();
    assertThat(shop.seen).containsExactly("order-1 Order[article=pen, pieces=2]");
    TypedPartition<String> other = texts.getObject();
    assertThat(other.task("text-1", "grüße").payload()).asString().isEqualTo("grüße");
    assertThat(other.untyped().name()).isEqualTo("other");
  }

  @Test
  void isRetriedAndGivenUp() throws Exception {
    orders.push(Task.of("order-1", codec.write(new ShopApplication.Order("pen", 0))));
    server.awaitWorkers();
    while (server.task("orders", "order-1").orElseThrow().state() != TaskSnapshot.State.DEAD) {
      clock.advance(Duration.ofMinutes(1));
      server.awaitWorkers();
    }
    assertThat(server.task("orders", "order-1").orElseThrow().attempts()).hasSize(3);
  }

  @Test
  void givesUpUnreadablePayloadsImmediately() throws Exception {
    orders.push(Task.of("order-1", "{\"pieces\": \"planted\"}"));
    server.awaitWorkers();
    DeadLetter letter = orders.deadLetters().list(10).get(0);
    assertThat(letter.attempts()).isEqualTo(1);
    assertThat(letter.reason())
        .contains("cannot be decoded")
        .contains("Order")
        .doesNotContain("planted");
  }

  @Test
  void anAsynchronousListenerEndsWithItsStage() throws Exception {
    Partition slow = queue.partition("slow");
    slow.push(Task.of("slow-1", ""));
    await(() -> shop.started.containsKey(1));
    assertThat(slow.stats().outstanding()).isOne();
    shop.started.get(1).completeExceptionally(new IllegalStateException("no stock"));
    await(
        () -> {
          clock.advance(Duration.ofMillis(10));
          return shop.started.containsKey(2);
        });
    assertThat(slow.stats().outstanding()).isOne();
    shop.started.get(2).complete(null);
    server.awaitWorkers();
    assertThat(slow.stats().backlog()).isZero();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @Test
  void survivesALostConfirmation() throws Exception {
    faults.loseNextConfirmation(Faults.Call.ACK);
    orders.push(Task.of("order-1", codec.write(new ShopApplication.Order("pen", 1))));
    server.awaitWorkers();
    assertThat(shop.seen).hasSize(1);
  }

  @Test
  void startsTheEnabledListeners() {
    assertThat(listeners.workers().keySet())
        .containsExactlyInAnyOrder(
            "ShopApplication.order",
            "ShopApplication.text",
            "ShopApplication.bytes",
            "ShopApplication.slow");
  }
}
