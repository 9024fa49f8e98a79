// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.driver.LeasedDelivery;
import dev.jetlane.nats.TestQueues;
import io.nats.client.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tasks of each priority, and the order in which they are requested and handed out. */
@Timeout(60)
class PriorityLevelTest {

  private static final int PRIORITIES = 3;
  private static final String EMPTY = "404 No Messages";

  private final QueueConfig config =
      TestQueues.config().withMaxDeliveries(3).withPriorities(PRIORITIES);

  private final PullScene scene = new PullScene(config);
  private final PullInbox inbox = new PullInbox(scene.session, TimeUnit.SECONDS.toNanos(30));
  private final List<PriorityLevel> levels =
      IntStream.range(0, PRIORITIES)
          .mapToObj(
              priority ->
                  new PriorityLevel(
                      scene.context(priority, PullOptions.defaults()), inbox, () -> {}))
          .toList();

  /** The number of available tasks of each priority, and the status of its empty queue. */
  private final Map<Integer, Integer> available = new HashMap<>();

  private final Map<Integer, String> ends = new HashMap<>();

  /** The requests, each as its priority and its size. */
  private final List<String> asked = new ArrayList<>();

  private int bytes = 1;

  @AfterEach
  void close() {
    scene.close();
  }

  private void serve(String reply, String body) {
    var all = scene.server.published();
    String subject = all.get(all.size() - 1).subject();
    int priority =
        IntStream.range(0, PRIORITIES)
            .filter(i -> scene.addresses.get(i).nextSubject.equals(subject))
            .findFirst()
            .orElseThrow();
    int size = Integer.parseInt(body.replaceAll("^\\{\"batch\":(\\d+).*$", "$1"));
    asked.add(priority + ":" + size);
    int has = available.getOrDefault(priority, 0);
    for (int i = 0; i < Math.min(size, has); i++) {
      scene.task(priority, 1, bytes, 0);
    }
    available.put(priority, Math.max(0, has - size));
    if (has < size) {
      String end = ends.getOrDefault(priority, EMPTY);
      scene.end(reply, Integer.parseInt(end.substring(0, 3)), end.substring(4));
    }
  }

  private PriorityOrder order(QueueConfig of, int... tasks) {
    scene.onRequest = this::serve;
    for (int priority = 0; priority < tasks.length; priority++) {
      available.put(priority, tasks[priority]);
    }
    return new PriorityOrder(levels, of);
  }

  private static List<Integer> priorities(List<? extends Delivery> drawn) {
    return drawn.stream().map(one -> ((LeasedDelivery) one).lease().priority()).toList();
  }

  private Message next() throws InterruptedException {
    return Objects.requireNonNull(inbox.poll(0));
  }

  @Test
  void theHighestPriorityIsRequestedFirstAndTheOthersForTheRest() throws Exception {
    PriorityOrder order = order(config, 5, 1, 2);
    assertThat(order.take(4, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("2:4", "1:2", "0:1");
    assertThat(order.found()).isEqualTo(4);
    assertThat(priorities(order.draw(3, 1_000))).containsExactly(2, 2, 1);
    assertThat(order.found()).isEqualTo(1);
    assertThat(priorities(order.draw(3, 1_000))).containsExactly(0);
    assertThat(order.draw(3, 1_000)).isEmpty();
  }

  /** Tasks that arrive while a pull waits are not limited by its requests. */
  @Test
  void tasksThatWereFoundBeyondTheLimitOfBytesAreNotHandedOut() throws Exception {
    bytes = 10;
    PriorityOrder order = order(config, 1, 1, 1);
    assertThat(order.take(3, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(priorities(order.draw(3, 2L * bytes))).containsExactly(2, 1);
    assertThat(priorities(order.draw(3, bytes - 1))).as("a single large task").containsExactly(0);
    assertThat(order.found()).isZero();
  }

  @Test
  void withoutRoomNoLowerPriorityIsRequested() throws Exception {
    assertThat(order(config, 5, 5, 5).take(2, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("2:2");
  }

  @Test
  void theTurnsOfTheLowerPrioritiesAreRequestedFirst() throws Exception {
    QueueConfig turns = config.withLowEvery(2);
    PriorityOrder order = order(turns, 9, 9, 9);
    assertThat(order.take(8, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("0:2", "1:2", "2:4");
    assertThat(priorities(order.draw(8, 1_000))).containsExactly(2, 0, 2, 1, 2, 0, 2, 1);
  }

  /** A priority without more tasks is not requested twice, and others get its place. */
  @Test
  void aMissedTurnGoesToTheHighestPriority() throws Exception {
    QueueConfig turns = config.withLowEvery(2);
    PriorityOrder order = order(turns, 0, 1, 9);
    assertThat(order.take(6, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("0:2", "1:1", "2:5");
    assertThat(priorities(order.draw(6, 1_000))).containsExactly(2, 2, 2, 1, 2, 2);
  }

  @Test
  void thePlaceOfAnEmptyHighestPriorityIsTakenByTheOthers() throws Exception {
    QueueConfig turns = config.withLowEvery(2);
    PriorityOrder order = order(turns, 9, 9, 0);
    assertThat(order.take(6, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("0:2", "1:1", "2:3", "1:3");
    assertThat(order.found()).isEqualTo(6);
  }

  /** Each request takes an exchange. */
  @Test
  void anEmptyPriorityIsNotRequestedTwice() throws Exception {
    PriorityOrder order = order(config.withLowEvery(2), 0, 0, 1);
    assertThat(order.take(6, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("0:2", "1:1", "2:6");
  }

  @Test
  void foundTasksCountForTheTurns() throws Exception {
    QueueConfig turns = config.withLowEvery(3);
    PriorityOrder order = order(turns, 0, 0, 2);
    assertThat(order.take(2, 1_000)).isEqualTo(PullEnd.OVER);
    asked.clear();
    available.put(0, 9);
    available.put(2, 9);
    assertThat(order.take(1, 1_000)).isEqualTo(PullEnd.OVER);
    assertThat(asked).containsExactly("0:1");
  }

  @Test
  void theBytesOfAllFoundTasksCount() throws Exception {
    bytes = 50;
    PriorityOrder order = order(config, 9, 9, 1);
    assertThat(order.take(2, 50)).isEqualTo(PullEnd.OVER);
    assertThat(asked).as("no bytes are left").containsExactly("2:2");
    assertThat(scene.requests().get(0)).contains("\"max_bytes\":50,");
  }

  @Test
  void aTemporaryEndOfOnePriorityIsTheResult() throws Exception {
    ends.put(1, "409 Leadership Change");
    assertThat(order(config, 0, 0, 0).take(2, 1_000)).isEqualTo(PullEnd.AGAIN);
    assertThat(asked).containsExactly("2:2", "1:2", "0:2");
  }

  @Test
  void withoutAConnectionNoOtherPriorityIsRequested() throws Exception {
    PriorityOrder order = order(config, 1, 1, 1);
    scene.server.disconnect();
    assertThat(order.take(2, 1_000)).isEqualTo(PullEnd.LOST);
    scene.server.connect();
    scene.onRequest = (reply, body) -> scene.server.disconnect();
    asked.clear();
    assertThat(order.take(2, 1_000)).isEqualTo(PullEnd.LOST);
    assertThat(scene.requests()).hasSize(1);
  }

  /** It is larger than the limit, but no task is smaller: a pull takes one of any size. */
  @Test
  void aTaskAboveTheLimitIsTakenAloneOrLeft() throws Exception {
    PriorityLevel level = levels.get(1);
    scene.onRequest =
        (reply, body) -> {
          if (body.contains("max_bytes")) {
            scene.end(reply, 409, "Message Size Exceeds MaxBytes");
          } else {
            scene.task(1, 1, 500, 0);
          }
        };
    assertThat(level.take(4, 100, false)).isEqualTo(PullEnd.FILLED);
    assertThat(level.found).isEmpty();
    assertThat(scene.requests()).hasSize(1);
    assertThat(level.take(4, 100, true)).isEqualTo(PullEnd.FILLED);
    assertThat(level.found).hasSize(1);
    assertThat(scene.requests()).hasSize(3);
  }

  @Test
  void behindAUsedUpTaskOthersAreTaken() throws Exception {
    PriorityLevel level = levels.get(1);
    List<Integer> attempts = new ArrayList<>(List.of(4, 4, 1));
    scene.onRequest = (reply, body) -> scene.task(1, attempts.remove(0), 1, 0);
    assertThat(level.take(1, 100, true)).isEqualTo(PullEnd.FILLED);
    assertThat(level.found).hasSize(1);
    assertThat(scene.exhausted).hasSize(2);
  }

  /** Otherwise they would be leased and unknown. */
  @Test
  void theTasksOfAFailedRequestAreFound() {
    PriorityLevel level = levels.get(1);
    scene.onRequest =
        (reply, body) -> {
          scene.task(1, 1, 1, 0);
          Thread.currentThread().interrupt();
        };
    assertThatThrownBy(() -> level.take(2, 100, true)).isInstanceOf(InterruptedException.class);
    scene.onRequest = (reply, body) -> {};
    List<Delivery> unused = new ArrayList<>();
    inbox.drop(message -> assertThat(level.accepts(message)).isTrue());
    assertThat(level.found).hasSize(1);
    scene.onRequest =
        (reply, body) -> {
          scene.task(1, 1, 1, 0);
          scene.server.close();
        };
    assertThatThrownBy(() -> level.take(2, 100, true))
        .isInstanceOf(QueueUnavailableException.class);
    assertThat(level.found).hasSize(2);
    assertThat(unused).isEmpty();
  }

  @Test
  void aWaitingRequestIsForOneTaskAndEndsWithItsStatusOrATask() throws Exception {
    PriorityLevel level = levels.get(1);
    assertThat(level.isWaiting()).isFalse();
    level.ask(7_000);
    assertThat(scene.requests()).containsExactly("{\"batch\":1,\"expires\":7000}");
    assertThat(level.isWaiting()).isTrue();
    String reply = scene.server.lastReplyTo();
    scene.end("_INBOX.other.1", 404, "No Messages");
    scene.end(reply, 404, "No Messages");
    assertThat(level.ends(next())).isFalse();
    assertThat(level.isWaiting()).isTrue();
    var status = next();
    assertThat(level.ends(status)).isTrue();
    assertThat(level.isWaiting()).isFalse();
    assertThat(level.ends(status)).as("a second time").isFalse();
    level.ask(7_000);
    scene.task(2, 1, 1, 0);
    scene.task(1, 1, 1, 0);
    scene.server.bring("a", "", null);
    var high = next();
    assertThat(level.accepts(high)).as("a task of another priority").isFalse();
    assertThat(level.isWaiting()).isTrue();
    assertThat(level.accepts(next())).isTrue();
    assertThat(level.isWaiting()).isFalse();
    assertThat(level.accepts(next())).as("no task").isFalse();
    assertThat(level.found).hasSize(1);
    level.ask(7_000);
    level.waitsNoMore();
    assertThat(level.isWaiting()).isFalse();
  }

  private PriorityLevel withTasks(int... attempts) throws InterruptedException {
    PriorityLevel level = levels.get(1);
    level.ask(7_000);
    for (int attempt : attempts) {
      scene.task(1, attempt, 1, 0);
      assertThat(level.accepts(next())).isTrue();
    }
    return level;
  }

  @Test
  void tasksAreGivenBackFromTheLastOneOn() throws Exception {
    PriorityLevel level = withTasks(1, 1, 1, 1);
    List<String> replies = PullScene.replies(new ArrayList<>(level.found));
    level.giveBack(-1);
    level.giveBack(0);
    assertThat(scene.naks()).isEmpty();
    level.giveBack(2);
    assertThat(scene.naks()).containsExactly(replies.get(3), replies.get(2));
    assertThat(level.found).hasSize(2);
    level.giveBack();
    assertThat(scene.naks().subList(2, 4)).isEqualTo(replies.subList(0, 2));
    level.giveBack(3);
    level.giveBack();
    assertThat(scene.naks()).hasSize(4);
  }

  @Test
  void usedUpTasksThatCameForAWaitingRequestAreMoved() throws Exception {
    PriorityLevel level = withTasks(4, 1);
    assertThat(level.found).hasSize(1);
    level.moveExhausted();
    assertThat(scene.exhausted).hasSize(1);
    level = withTasks(4);
    level.giveBack();
    assertThat(scene.exhausted).hasSize(2);
    assertThat(scene.naks()).hasSize(1);
  }

  @Test
  void expiredTasksAreForgotten() throws Exception {
    PriorityLevel level = withTasks(1, 1);
    scene.deliveries.get(0).expired = true;
    level.dropExpired();
    assertThat(level.found).containsExactly(scene.deliveries.get(1).delivery);
    assertThat(scene.naks()).isEmpty();
  }

  /** Permissions may have been granted since. */
  @Test
  void aWaitingRequestForgetsTheDenialOfTheLastOne() {
    PriorityLevel level = levels.get(1);
    level.ask(7_000);
    scene.wire.errorOccurred(
        scene.server.connection(),
        "Permissions Violation for Publish to \"" + scene.addresses.get(1).nextSubject + "\"");
    assertThat(level.requests.denied()).isEqualTo(scene.addresses.get(1).nextSubject);
    assertThat(levels.get(0).requests.denied()).isNull();
    level.ask(7_000);
    assertThat(level.requests.denied()).isNull();
  }
}
