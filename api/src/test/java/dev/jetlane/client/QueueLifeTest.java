// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.NotSupportedException;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.QueueDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The partitions, the health and the close of a queue. */
class QueueLifeTest {

  private final RecordedDriver driver = new RecordedDriver();
  private final List<String> told = new ArrayList<>();
  private final QueueListener listener =
      new QueueListener() {
        @Override
        public void leaseLost(QueueEvent.LeaseLost event) {
          told.add("leaseLost");
        }

        @Override
        public void warned(QueueEvent.Warned event) {
          told.add(event.text());
        }
      };
  private final TaskQueue queue = driver.open(QueueConfig.defaults(), listener);

  @Test
  void aPartitionIsOpenedOnce() {
    Partition first = queue.partition("a");
    assertThat(queue.partition("a")).isSameAs(first);
    assertThat(queue.partition("b")).isNotSameAs(first);
    assertThat(queue.partition("a")).isSameAs(first);
    assertThat(driver.taken())
        .containsExactly(
            "QueueDriver.openPartition a at +PT5S", "QueueDriver.openPartition b at +PT5S");
  }

  @Test
  void aPartitionThatCouldNotBeOpenedIsOpenedAgain() {
    RecordedDriver.Answer good = driver.answers.get("QueueDriver.openPartition");
    driver.fails("QueueDriver.openPartition", new QueueUnavailableException("down", null));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> queue.partition("a"))
          .isInstanceOfSatisfying(
              QueueUnavailableException.class, e -> assertThat(e.partition()).contains("a"));
    }
    driver.answers.put("QueueDriver.openPartition", good);
    assertThat(queue.partition("a").name()).isEqualTo("a");
    assertThat(driver.taken()).hasSize(3);
  }

  @Test
  void aNameIsCheckedFirst() {
    assertThatThrownBy(() -> queue.partition("a b")).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> queue.admin().partition("a b"))
        .isInstanceOf(InvalidInputException.class);
    assertThat(driver.calls).isEmpty();
  }

  @Test
  void aClosedQueueRefusesKnownAndNewPartitions() {
    Partition unused = queue.partition("a");
    queue.close();
    driver.calls.clear();
    for (String name : List.of("a", "b")) {
      assertThatThrownBy(() -> queue.partition(name))
          .isInstanceOfSatisfying(
              QueueClosedException.class, e -> assertThat(e.partition()).contains(name));
    }
    assertThatThrownBy(queue::admin).isInstanceOf(QueueClosedException.class);
    assertThat(driver.calls).isEmpty();
  }

  /** Otherwise its lease keeper would stay on the clock of the driver. */
  @Test
  void aPartitionThatWasOpenedDuringTheCloseIsClosed() {
    RecordedDriver.Answer good = driver.answers.get("QueueDriver.openPartition");
    driver.answers.put(
        "QueueDriver.openPartition",
        arguments -> {
          queue.close();
          return good == null ? null : good.to(arguments);
        });
    assertThatThrownBy(() -> queue.partition("a"))
        .isInstanceOfSatisfying(
            QueueClosedException.class, e -> assertThat(e.partition()).contains("a"));
    assertThat(driver.clock.works).isEmpty();
  }

  @Test
  void aPullerThatWasOpenedDuringTheCloseIsClosed() {
    Partition partition = queue.partition("a");
    RecordedDriver.Answer good = driver.answers.get("PartitionDriver.openPull");
    driver.answers.put(
        "PartitionDriver.openPull",
        arguments -> {
          queue.close();
          return good == null ? null : good.to(arguments);
        });
    driver.calls.clear();
    Puller puller = partition.puller();
    assertThat(driver.calls).endsWith("QueueDriver.close at +PT5S", "PullDriver.close at +PT5S");
    assertThatThrownBy(() -> puller.pull(1, Duration.ZERO))
        .isInstanceOf(QueueClosedException.class);
  }

  @Test
  void theHealthIsThatOfTheDriverWithoutAnInterrupt() {
    List<Boolean> interrupted = new ArrayList<>();
    Health health = new Health(true, false, List.of("the disk is full"));
    driver.answers.put(
        "QueueDriver.health",
        arguments -> {
          interrupted.add(Thread.currentThread().isInterrupted());
          return health;
        });
    assertThat(queue.health()).isEqualTo(health);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    Thread.currentThread().interrupt();
    assertThat(queue.health()).isEqualTo(health);
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(interrupted).containsExactly(false, false);
    assertThat(driver.taken())
        .containsExactly("QueueDriver.health at +PT5S", "QueueDriver.health at +PT5S");
  }

  @Test
  void anInterruptStaysAlsoIfTheHealthCannotBeRead() {
    driver.fails("QueueDriver.health", new QueueUnavailableException("down", null));
    for (int call = 0; call < 2; call++) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(queue::health).isInstanceOf(QueueUnavailableException.class);
      assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    }
    assertThatThrownBy(queue::health).isInstanceOf(QueueUnavailableException.class);
    assertThat(Thread.interrupted()).as("an interrupt without a reason").isFalse();
  }

  @Test
  void aClosedQueueIsNeitherLiveNorReady() {
    queue.close();
    driver.calls.clear();
    assertThat(queue.health()).isEqualTo(new Health(false, false, List.of("the queue is closed")));
    assertThat(driver.calls).isEmpty();
  }

  /** All of it by one deadline, the connection last, because the pullers give back by it. */
  @Test
  void theCloseClosesPullersInTheirOrderAndThenTheDriver() {
    Partition partition = queue.partition("a");
    List<String> closed = new ArrayList<>();
    driver.answers.put(
        "PartitionDriver.openPull",
        arguments -> {
          String name = "puller " + ((PullOptions) arguments[0]).prefetch();
          return (dev.jetlane.driver.PullDriver)
              java.lang.reflect.Proxy.newProxyInstance(
                  QueueDriver.class.getClassLoader(),
                  new Class<?>[] {dev.jetlane.driver.PullDriver.class},
                  (proxy, method, given) -> {
                    long left = (Long) given[0] - driver.clock.nanoTime();
                    closed.add(method.getName() + " " + name + " +" + Duration.ofNanos(left));
                    driver.clock.advance(Duration.ofSeconds(1));
                    return null;
                  });
        });
    Puller first = partition.puller(PullOptions.defaults().withPrefetch(1));
    Puller unused = partition.puller(PullOptions.defaults().withPrefetch(2));
    Puller unused2 = partition.puller(PullOptions.defaults().withPrefetch(3));
    first.close();
    assertThat(closed).containsExactly("close puller 1 +PT5S");
    closed.clear();
    driver.answers.put(
        "QueueDriver.close",
        arguments -> {
          long left = (Long) arguments[0] - driver.clock.nanoTime();
          return closed.add("close driver +" + Duration.ofNanos(left)) ? null : "";
        });
    queue.close();
    assertThat(closed)
        .containsExactly("close puller 2 +PT5S", "close puller 3 +PT4S", "close driver +PT3S");
    assertThat(driver.clock.works).as("lease keepers").isEmpty();
    queue.close();
    assertThat(closed).as("after a second close").hasSize(3);
  }

  /** Otherwise a close would take as many request timeouts as the queue has partitions. */
  @Test
  void allPartitionsAreClosedByOneDeadline() {
    for (String name : List.of("a", "b", "c")) {
      Puller unused = queue.partition(name).puller();
    }
    driver.answers.put(
        "PullDriver.close",
        arguments -> {
          driver.clock.advance(Duration.ofSeconds(1));
          return null;
        });
    driver.calls.clear();
    queue.close();
    assertThat(driver.calls)
        .containsExactly(
            "PullDriver.close at +PT5S",
            "PullDriver.close at +PT4S",
            "PullDriver.close at +PT3S",
            "QueueDriver.close at +PT2S");
  }

  @Test
  void aLostLeaseIsToldUntilTheCloseHasEnded() {
    Partition partition = queue.partition("a");
    Puller unused = partition.puller();
    ClientDelivery during = driver.delivery(driver.lease());
    ClientDelivery after = driver.delivery(driver.lease());
    driver.clock.advance(Bench.LEASE);
    driver.answers.put(
        "QueueDriver.close",
        arguments -> {
          during.close();
          return null;
        });
    queue.close();
    assertThat(told).containsExactly("leaseLost");
    after.close();
    assertThat(told).as("after the close").containsExactly("leaseLost");
  }

  @Test
  void aDriverWithoutOperatorHasNoAdmin() {
    TaskQueue plain =
        Queues.open(QueueConfig.defaults(), List.of(), events -> driver.as(QueueDriver.class));
    assertThatThrownBy(plain::admin).isInstanceOf(NotSupportedException.class);
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void settingsAndListenersAreCheckedBeforeTheDriverIsMade() {
    List<QueueListener> withNull = new ArrayList<>();
    withNull.add(null);
    for (List<QueueListener> bad : java.util.Arrays.asList(null, withNull)) {
      assertThatThrownBy(
              () ->
                  Queues.open(
                      QueueConfig.defaults(),
                      bad,
                      events -> {
                        throw new AssertionError("a driver was made");
                      }))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("listeners null");
    }
    assertThatThrownBy(
            () ->
                Queues.open(
                    null,
                    List.of(),
                    events -> {
                      throw new AssertionError("a driver was made");
                    }))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("queue settings null");
  }

  @Test
  void theListOfListenersIsCopied() {
    List<QueueListener> mine = new ArrayList<>(List.of(listener));
    TaskQueue other =
        Queues.open(
            QueueConfig.defaults(),
            mine,
            received -> {
              driver.events = received;
              return driver.as(QueueDriver.class);
            });
    mine.clear();
    DriverEvents events = driver.events;
    if (events == null) {
      throw new AssertionError("no driver was made");
    }
    events.warned("the disk is almost full");
    assertThat(told).containsExactly("the disk is almost full");
    other.close();
  }
}
