// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.ConfigDriftException;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueListener;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LifecycleTest extends QueueTest {

  @Test
  void everythingSurvivesTheClient() throws InterruptedException {
    push("acked", "leased", "delayed", "ready");
    pullOne().ack();
    pullOne();
    pullOne().nak(Duration.ofSeconds(3));
    queue.close();

    queue = server.connect(CONFIG);
    partition = queue.partition("p");
    puller = partition.puller();

    assertThat(partition.stats()).isEqualTo(new Stats(1, 2, 0));
    assertThat(partition.push(Task.of("acked", "x")).duplicate()).isTrue();
    advanceSeconds(3);
    assertThat(pull(1).get(0))
        .extracting(Delivery::taskId, Delivery::attempt)
        .contains("delayed", 2);
    assertThat(pullIds(10)).containsExactly("ready");
    advanceSeconds(7);
    assertThat(pullIds(10)).containsExactly("leased");
  }

  @Test
  void closingGivesBackBufferedTasksAndKeepsTheLeasesOfHandedOutOnes() throws InterruptedException {
    push("held");
    Delivery held = pullOne();
    push("buffered");
    var unused = partition.puller(PullOptions.defaults().withPrefetch(1));
    queue.close();
    queue.close();

    assertThatThrownBy(held::ack).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(held::nak).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(held::extend).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> held.deadLetter("no")).isInstanceOf(QueueClosedException.class);
    held.close();
    try (TaskQueue other = server.connect(CONFIG)) {
      var pullerOfOther = other.partition("p").puller();
      assertThat(ids(pullerOfOther.pull(10, Duration.ZERO))).containsExactly("buffered");
      advance(LEASE.minus(TICK));
      assertThat(pullerOfOther.pull(10, Duration.ZERO)).isEmpty();
      advance(TICK);
      assertThat(ids(pullerOfOther.pull(1, Duration.ZERO))).containsExactly("held");
    }
  }

  @Test
  void aClosedQueueRefusesEverythingButHealthAndClose() {
    queue.close();

    for (Supplier<?> call :
        List.<Supplier<?>>of(
            () -> queue.partition("p"),
            () -> partition.push(Task.of("a", "x")),
            () -> partition.pushAll(List.of(Task.of("a", "x"))),
            () -> partition.puller(),
            () -> partition.stats(),
            () -> partition.deadLetters().list(1),
            () -> partition.deadLetters().redrive("1"),
            () -> partition.deadLetters().purge())) {
      assertThatThrownBy(call::get).isInstanceOf(QueueClosedException.class);
    }
    assertThatThrownBy(() -> partition.pushAsync(Task.of("a", "x")))
        .isInstanceOf(QueueClosedException.class);
    assertThat(queue.health().live()).isFalse();
    assertThat(queue.health().problems()).containsExactly("the queue is closed");
    assertThat(server.connect(CONFIG).health()).isEqualTo(Health.up());
  }

  @Test
  void aClosedQueueRefusesTheCallsOfItsOperator() {
    PartitionAdmin admin = queue.admin().partition("p");
    queue.close();

    for (Runnable call :
        List.<Runnable>of(
            admin::delete,
            admin::deleteWithTasks,
            () -> admin.pause(Duration.ofSeconds(1)),
            admin::resume,
            admin::summary,
            admin::purge)) {
      assertThatThrownBy(call::run).isInstanceOf(QueueClosedException.class);
    }
    try (TaskQueue other = server.connect(CONFIG)) {
      assertThat(other.admin().partitions()).hasSize(1);
    }
  }

  @Test
  void deliveriesOutliveTheirPuller() throws InterruptedException {
    push("a");
    Delivery delivery = pullOne();
    puller.close();

    assertThat(delivery.ack()).isEqualTo(Settlement.SETTLED);
  }

  @Test
  void otherSettingsAreReportedOneByOne() {
    TaskQueue other = server.connect(CONFIG.withLease(Duration.ofSeconds(11)).withMaxTasks(3));

    assertThatThrownBy(() -> other.partition("p"))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessage(
            "partition p has other settings: lease is PT10S, wanted PT11S;"
                + " maxTasks of the queue is 2147483647, wanted 3");
    assertThatThrownBy(() -> other.partition("another"))
        .isInstanceOf(ConfigDriftException.class)
        .hasMessage(
            "partition another has other settings: maxTasks of the queue is 2147483647, wanted 3");
    assertThat(server.connect(CONFIG).partition("p").stats()).isEqualTo(new Stats(0, 0, 0));
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is the purpose of this test.
  void settingsAreNeeded() {
    assertThatThrownBy(() -> server.connect(null)).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void aClockServesManyServersAndKeepsNoneAlive() throws InterruptedException {
    List<WeakReference<InMemoryServer>> servers = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      servers.add(new WeakReference<>(useAndForget()));
    }

    // Each server has a lease that this clock would have to end.
    for (int i = 0; i < 100 && servers.stream().anyMatch(s -> s.get() != null); i++) {
      System.gc();
      advance(LEASE);
    }
    assertThat(servers).allMatch(reference -> reference.get() == null);
  }

  private InMemoryServer useAndForget() throws InterruptedException {
    InMemoryServer mine = InMemoryServer.create(clock);
    try (TaskQueue client = mine.connect(CONFIG)) {
      var where = client.partition("p");
      where.push(Task.of("a", "x"));
      where.push(Task.of("b", "x"));
      where.puller().pull(1, Duration.ZERO).get(0).ack();
      where.puller().pull(1, Duration.ZERO);
    }
    return mine;
  }

  @Test
  void aServerKeepsNoClosedClientAlive() throws InterruptedException {
    List<WeakReference<QueueListener>> listeners = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      listeners.add(new WeakReference<>(connectAndClose()));
    }

    for (int i = 0; i < 100 && listeners.stream().anyMatch(l -> l.get() != null); i++) {
      System.gc();
    }
    assertThat(listeners).allMatch(reference -> reference.get() == null);
  }

  private QueueListener connectAndClose() throws InterruptedException {
    QueueListener listener = new QueueListener() {};
    try (TaskQueue client = server.connect(CONFIG, List.of(listener))) {
      PullOptions kept = PullOptions.defaults().withPrefetch(1).withKeepFor(WINDOW);
      Puller mine = client.partition("q").puller(kept);
      assertThat(mine.pull(1, Duration.ZERO)).isEmpty();
      client.partition("q").push(Task.withRandomId("x"));
      mine.pull(1, Duration.ZERO).get(0).ack();
    }
    return listener;
  }
}
