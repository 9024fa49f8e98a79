// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.request.Session;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.support.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pull that waits for a task of any priority. */
@Timeout(120)
class PriorityPullTest {

  private static final int PRIORITIES = 3;

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final AtomicInteger waiting = new AtomicInteger();
  private final CountDownLatch timerGoesOn = new CountDownLatch(1);
  private Session session;
  private List<PartitionAddress> addresses;
  private PartitionPull puller;

  @BeforeEach
  void open() {
    wire.bind(server.connection());
    NatsOptions options =
        NatsOptions.defaults().withQueue(TestQueues.config().withPriorities(PRIORITIES));
    session = new Session(TestQueues.settings(options), wire, DriverEvents.none());
    addresses = session.settings.layout().addresses("p");
    puller =
        new Pullers(session, addresses, new PartitionStatus(session.settings.queue()))
            .make(PullOptions.defaults(), IdlePullTest::delivery, closed -> {});
  }

  @AfterEach
  void close() {
    timerGoesOn.countDown();
    session.close();
  }

  private void noTaskIsAvailable(String replyTo, String body) {
    if (body.contains("no_wait")) {
      var unused = server.bring(replyTo, "", new Status(404, "No Messages"));
    } else {
      waiting.incrementAndGet();
    }
  }

  private void aTaskIsAvailable(String replyTo, String body) {
    String prefix = addresses.get(PRIORITIES - 1).ackPrefix;
    var unused = server.bring("a", prefix + "1.7.7.1700000000000000000.0", null);
  }

  private void bringTask(int priority) {
    var unused = server.bring("a", reply(priority), null);
  }

  private String reply(int priority) {
    return addresses.get(priority).ackPrefix + "1.7.7.1700000000000000000.0";
  }

  private CompletableFuture<List<Delivery>> pullAsync(int max) {
    long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
    return puller.pullAsync(max, Long.MAX_VALUE, untilNanos, Completion.none());
  }

  /** Starts a pull that waits with a request for each priority. */
  private CompletableFuture<List<Delivery>> waitingPull(int max) {
    server.onPublish(this::noTaskIsAvailable);
    waiting.set(0);
    CompletableFuture<List<Delivery>> pull = pullAsync(max);
    TestQueues.await("a request for each priority", () -> waiting.get() == PRIORITIES);
    return pull;
  }

  private static void expectOne(CompletableFuture<List<Delivery>> pull) throws Exception {
    assertThat(pull.get(60, TimeUnit.SECONDS)).hasSize(1);
  }

  private boolean isGivenBack(int priority) {
    return server.calls().contains("publish " + reply(priority));
  }

  private void stopTimer() {
    boolean accepted =
        session.timer.after(
            "nothing else",
            0,
            () -> {
              while (!await(timerGoesOn)) {
                // Blocks until the end of the test.
              }
            });
    assertThat(accepted).isTrue();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A withdrawal is an exchange; an idle worker does not wait for it. */
  @Test
  void theFirstTaskIsHandedOverBeforeTheOtherRequestsAreWithdrawn() throws Exception {
    CountDownLatch handedOver = new CountDownLatch(1);
    CompletableFuture<Boolean> early = new CompletableFuture<>();
    AtomicInteger lent = new AtomicInteger();
    puller.completeOn(
        step -> {
          lent.incrementAndGet();
          session.steps.execute(step);
        });
    CompletableFuture<List<Delivery>> pull = waitingPull(1);
    var unused = pull.thenRun(handedOver::countDown);
    server.onExchange(() -> early.complete(await(handedOver)));
    bringTask(0);
    expectOne(pull);
    assertThat(early.get(60, TimeUnit.SECONDS)).isTrue();
    assertThat(lent).hasValue(1);
  }

  @Test
  void ifTheWorkerRefusesTheTaskIsHandedOver() throws Exception {
    puller.completeOn(
        step -> {
          throw new RejectedExecutionException("closed");
        });
    CompletableFuture<List<Delivery>> pull = waitingPull(1);
    bringTask(0);
    expectOne(pull);
  }

  /** A worker with free handlers pulls again immediately. */
  @Test
  void concurrentTasksGoToTheNextPull() throws Exception {
    stopTimer();
    CompletableFuture<List<Delivery>> pull = waitingPull(2);
    server.onExchange(this::bringOneOfPriorityOne);
    bringTask(0);
    expectOne(pull);
    expectOne(pullAsync(1));
    assertThat(isGivenBack(1)).isFalse();
  }

  private void bringOneOfPriorityOne() {
    server.onExchange(() -> {});
    bringTask(1);
  }

  @Test
  void tasksThatNoPullTakesAreGivenBackShortlyAfter() throws Exception {
    CompletableFuture<List<Delivery>> pull = waitingPull(2);
    server.onExchange(this::bringOneOfPriorityOne);
    bringTask(0);
    expectOne(pull);
    TestQueues.await("a task given back", () -> isGivenBack(1));
  }

  @Test
  void tasksWithoutRoomAreGivenBackImmediately() throws Exception {
    stopTimer();
    CompletableFuture<List<Delivery>> pull = waitingPull(1);
    server.onExchange(this::bringOneOfPriorityOne);
    bringTask(0);
    expectOne(pull);
    TestQueues.await("a task given back", () -> isGivenBack(1));
  }

  /** Each task that is given back has one attempt less. */
  @Test
  void onlyTheTasksWithoutRoomAreGivenBackTheLowestPrioritiesFirst() throws Exception {
    stopTimer();
    CompletableFuture<List<Delivery>> pull = waitingPull(2);
    server.onExchange(
        () -> {
          bringOneOfPriorityOne();
          bringTask(2);
        });
    bringTask(0);
    expectOne(pull);
    expectOne(pullAsync(2));
    assertThat(isGivenBack(1)).isTrue();
    assertThat(isGivenBack(2)).isFalse();
  }

  @Test
  void aCloseGivesBackTheTasksForTheNextPull() throws Exception {
    stopTimer();
    CompletableFuture<List<Delivery>> pull = waitingPull(2);
    server.onExchange(this::bringOneOfPriorityOne);
    bringTask(0);
    expectOne(pull);
    puller.close();
    assertThat(isGivenBack(1)).isTrue();
  }

  /** The requests of the old connection are lost; the pull continues. */
  @Test
  void afterAReconnectThePullRequestsAgain() throws Exception {
    server.onPublish(this::noTaskIsAvailable);
    CompletableFuture<List<Delivery>> pull = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                long untilNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
                pull.complete(puller.pull(1, Long.MAX_VALUE, untilNanos));
              } catch (Throwable e) {
                pull.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await("a request for each priority", () -> waiting.get() == PRIORITIES);
    server.onPublish(this::aTaskIsAvailable);
    wire.monitor().connectionEvent(server.connection(), Events.RESUBSCRIBED);
    assertThat(pull.get(60, TimeUnit.SECONDS)).hasSize(1);
  }

  @Test
  void theLimitOfBytesIsThatOfAllPrioritiesTogether() throws Exception {
    List<String> requests = new CopyOnWriteArrayList<>();
    server.onPublish(
        (replyTo, body) -> {
          if (requests.isEmpty()) {
            server.bring(
                ScriptedConnection.message("a", reply(PRIORITIES - 1), new byte[60], null));
          }
          requests.add(body);
          noTaskIsAvailable(replyTo, body);
        });
    assertThat(puller.pull(10, 100, System.nanoTime())).hasSize(1);
    assertThat(requests.get(0)).contains("\"max_bytes\":100,");
    assertThat(requests.get(1)).contains("\"max_bytes\":40,");
  }

  @Test
  void aCloseLeavesAnInterruptSet() {
    Thread.currentThread().interrupt();
    puller.close();
    assertThat(Thread.interrupted()).isTrue();
  }
}
