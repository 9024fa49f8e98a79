// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueListener;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.stage.ClientProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The end of a client whose process crashed: nothing of it is left, and it gives nothing back. */
class KilledClientTest extends QueueTest {

  private static final PullOptions KEPT =
      PullOptions.defaults().withPrefetch(2).withKeepFor(Duration.ofHours(1));

  /** A process that runs its reactions when the test wants. */
  private static final class OwnProcess implements ClientProcess {

    final List<Runnable> reactions = new ArrayList<>();

    @Override
    public void react(Runnable reaction) {
      reactions.add(reaction);
    }

    @Override
    public Executor handlers() {
      return reactions::add;
    }

    @Override
    public void log(String failure) {}

    @Override
    public double chance() {
      return 0;
    }

    @Override
    public boolean isStopped() {
      return false;
    }
  }

  private final OwnProcess process = new OwnProcess();
  private final List<String> told = new ArrayList<>();
  private InMemoryStage stage;
  private TaskQueue killed;
  private Partition its;

  @BeforeEach
  void connect() {
    stage = new InMemoryStage(server, fault -> false);
    QueueListener listener =
        new QueueListener() {
          @Override
          public void connectionLost() {
            told.add("lost");
          }
        };
    killed = stage.connect(CONFIG, List.of(listener), process);
    its = killed.partition("p");
    puller.close();
    process.reactions.clear();
  }

  private Puller survivor() {
    puller = partition.puller();
    return puller;
  }

  @Test
  void itsTasksStayLeasedAndAreNoLongerKept() throws InterruptedException {
    push("a");
    assertThat(its.puller(KEPT).pull(1, Duration.ZERO)).hasSize(1);
    push("ahead");
    advance(LEASE);
    assertThat(survivor().pull(2, Duration.ZERO)).as("both leases are kept").isEmpty();

    stage.kill(killed);

    advance(LEASE.dividedBy(2));
    assertThat(pull(2)).as("nothing is given back").isEmpty();
    advance(LEASE);
    assertThat(pull(2)).extracting(Delivery::attempt).containsExactly(2, 2);
  }

  @Test
  void itsPullsAndBuffersTakeNoTask() throws InterruptedException {
    push("first");
    its.puller(PullOptions.defaults().withPrefetch(2)).pull(1, Duration.ZERO).get(0).ack();
    CompletableFuture<List<Delivery>> waiting = its.puller().pullAsync(1, Duration.ofHours(1));
    assertThat(server.state().unattended).isEqualTo(1);

    stage.kill(killed);

    push("a", "b", "c", "d", "e", "f");
    assertThat(partition.stats()).isEqualTo(new Stats(6, 0, 0));
    assertThat(waiting).isNotDone();
    assertThat(process.reactions).isEmpty();
    assertThat(server.state().unattended).isZero();
    assertThat(server.blockedPulls()).isZero();
    assertThat(server.leaks()).isEmpty();
  }

  @Test
  void itLeavesNoEventButTheEndsOfItsLeases() throws InterruptedException {
    push("a");
    its.puller(KEPT).pull(1, Duration.ZERO).get(0).ack();
    push("ahead");
    var unused = its.puller().pullAsync(1, Duration.ofSeconds(3));

    stage.kill(killed);

    assertThat(server.state().nextEventNanos()).isEqualTo(LEASE.toNanos());
    advance(WINDOW);
    assertThat(server.state().nextEventNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void itIsToldNothing() {
    stage.kill(killed);
    server.faults().disconnect();
    server.faults().reconnect();
    assertThat(process.reactions).isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void itsCallsAreRefused() throws InterruptedException {
    push("a");
    Puller of = its.puller();
    Delivery held = of.pull(1, Duration.ZERO).get(0);
    stage.kill(killed);

    assertThatThrownBy(() -> its.push(Task.of("b", "x"))).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> of.pull(1, Duration.ZERO)).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(held::ack).isInstanceOf(QueueClosedException.class);
    assertThatThrownBy(() -> killed.partition("new")).isInstanceOf(QueueClosedException.class);
    assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
  }

  /** Another client of the same process, or of another one, is not affected. */
  @Test
  void otherClientsGoOn() throws Exception {
    TaskQueue other = stage.connect(CONFIG, List.of(), new OwnProcess());
    Puller ofOther = other.partition("p").puller(KEPT);
    Running<List<Delivery>> waiting = blockedPull(survivor(), 1, Duration.ofHours(1));
    stage.kill(killed);
    stage.kill(killed);
    stage.kill(queue);
    assertThat(server.leaks())
        .containsExactly(
            "unclosed puller: puller 2 of partition p",
            "unclosed puller: puller 3 of partition p",
            "running worker: 1 pulls wait in p");

    push("a");
    assertThat(ids(waiting.get())).containsExactly("a");
    push("b", "c");
    assertThat(ids(ofOther.pull(1, Duration.ZERO))).containsExactly("b");
    assertThat(partition.stats()).as("it leases ahead").isEqualTo(new Stats(0, 3, 0));
    other.close();
  }
}
