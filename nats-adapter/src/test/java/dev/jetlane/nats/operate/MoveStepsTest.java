// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.operate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueFullException;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.TestQueues;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.StreamMarks;
import dev.jetlane.nats.layout.WireHeaders;
import dev.jetlane.nats.request.AnsweringServer;
import dev.jetlane.nats.request.AnsweringServer.Sent;
import dev.jetlane.nats.testing.Pauses;
import io.nats.client.impl.Headers;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import io.nats.client.support.JsonValueUtils;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each step of a move from one stream to two, without a server. */
@Timeout(60)
class MoveStepsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String FULL =
      "{\"error\":{\"code\":503,\"err_code\":10077,\"description\":\"maximum messages\"}}";

  @AutoClose private final MoveScene scene = new MoveScene(TestQueues.REQUEST_TIMEOUT);

  private static Headers later(String id) {
    return new Headers()
        .put(WireHeaders.MESSAGE_ID, "x/" + id)
        .put(WireHeaders.TASK_ID, id)
        .put(WireHeaders.DELAY, "PT1H");
  }

  private void storeDelayed(MoveScene in, String id) {
    PartitionAddress address = in.before.address("x");
    in.server.store(address.delayedSubject(id), later(id), MoveScene.STORED);
  }

  @Test
  void eachTaskMovesToItsPartitionAndPriority() throws Exception {
    PartitionAddress near = scene.consumer(scene.partition(0), 1);
    PartitionAddress far = scene.consumer(scene.partition(1), 0);
    scene.store(near, "near");
    scene.store(
        far,
        new Headers().put(WireHeaders.MESSAGE_ID, "odd").put("Color", "blue").put("Size", "3"));
    storeDelayed(scene, "later");
    assertThat(scene.move(PATIENCE)).isEqualTo(3);
    assertThat(scene.copies())
        .extracting(Sent::subject)
        .containsExactlyInAnyOrder(
            scene.after.addresses(near.partition).get(1).subject,
            scene.after.address(far.partition).subject,
            scene.after.address("x").delayedSubject("later"));
    Sent copy =
        scene.copies().stream().filter(one -> !one.header("Color").isEmpty()).toList().get(0);
    assertThat(copy.header("Size")).isEqualTo("3");
    assertThat(copy.header(WireHeaders.TASK_ID)).isEqualTo("seq-2");
    assertThat(copy.body()).isEqualTo("b");
    assertThat(scene.server.settlements()).containsExactly("+ACK", "+ACK");
    assertThat(scene.server.subjects()).as("the tasks of the old stream").isEmpty();
    assertThat(scene.marks).containsExactly("" + StreamMarks.ofStream(0, 2));
  }

  /** The second run may have other options than the first one, which checked them. */
  @Test
  void tasksOfAPriorityThatThisClientDoesNotKnowKeepIt() throws Exception {
    PartitionAddress fourth = scene.before.withPriorities(4).addresses("p").get(3);
    scene.server.consumer("jetlane", fourth.consumer, fourth.subject, "");
    scene.store(fourth, "t");
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.copies())
        .extracting(Sent::subject)
        .containsExactly(scene.after.address("p").subject + ".@priority.3");
  }

  /**
   * Its own consumers would read subjects that no longer exist; others belong to other programs.
   */
  @Test
  void theConsumersOfTheOldStreamAreDeletedAndNoOthers() throws Exception {
    String busy = scene.partition(0);
    scene.store(scene.consumer(busy, 0), "t");
    scene.consumer(busy, 1);
    scene.server.consumer("jetlane", "foreign", "jetlane.>", "");
    scene.server.consumer("jetlane", "@later", "jetlane.*.@later.>", "");
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.asked("CONSUMER.DELETE"))
        .containsExactly(
            "CONSUMER.DELETE.jetlane." + busy + " ",
            "CONSUMER.DELETE.jetlane." + busy + "@1 ",
            "CONSUMER.DELETE.jetlane.@later ");
  }

  /** Another run of the same move deletes them too. */
  @Test
  void aConsumerThatIsGoneMeanwhileEndsNoMove() throws Exception {
    scene.store(scene.consumer(scene.partition(0), 0), "t");
    scene.server.answer("CONSUMER.DELETE", body -> AnsweringServer.error(404, 10014));
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.marks).hasSize(1);
  }

  /** Few large ones at a time: a server ends the connection of a client that reads too slowly. */
  @ParameterizedTest(name = "at most {0} bytes, {1} pulls")
  @CsvSource({"1000000, 27", "1000, 4"})
  void manyTasksMoveInBatches(int maxPayloadBytes, int count) throws Exception {
    try (MoveScene of =
        new MoveScene(
            TestQueues.REQUEST_TIMEOUT, TestQueues.config().withMaxPayloadBytes(maxPayloadBytes))) {
      PartitionAddress address = of.consumer(of.partition(1), 0);
      for (int i = 0; i < 401; i++) {
        of.store(address, "t" + i);
      }
      AtomicInteger pulls = new AtomicInteger();
      of.onPull = pulls::incrementAndGet;
      assertThat(of.move(PATIENCE)).isEqualTo(401);
      assertThat(of.copies()).hasSize(401);
      assertThat(of.server.settlements()).hasSize(401);
      assertThat(pulls.get()).as("25 of 16 or 2 of 200, 1, and none left").isEqualTo(count);
    }
  }

  /**
   * A move takes as long as it needs: each batch and each delayed task has the timeout of a request
   * for itself. Two parts together take longer.
   */
  @Test
  void everyPartOfAMoveHasItsOwnDeadline() throws Exception {
    Duration timeout = Duration.ofSeconds(2);
    try (MoveScene batches = new MoveScene(timeout);
        MoveScene delayed = new MoveScene(timeout)) {
      PartitionAddress address = batches.consumer(batches.partition(1), 0);
      for (int i = 0; i < 401; i++) {
        batches.store(address, "t" + i);
      }
      AtomicInteger pulls = new AtomicInteger();
      batches.onPull = () -> park(pulls.incrementAndGet() == 2 || pulls.get() == 3);
      // The confirmation of its repetition needs a deadline that is not over.
      Set<String> seen = ConcurrentHashMap.newKeySet();
      batches.loses = one -> one.header(WireHeaders.TASK_ID).equals("t400") && seen.add("t400");
      for (int i = 0; i < 3; i++) {
        storeDelayed(delayed, "t" + i);
      }
      delayed.loses =
          one -> {
            String id = one.header(WireHeaders.TASK_ID);
            boolean first = !id.isEmpty() && seen.add("delayed " + id);
            park(first && !id.equals("t2"));
            return first && id.equals("t2");
          };
      var threads = Executors.newCachedThreadPool();
      CompletableFuture<Long> other = CompletableFuture.supplyAsync(() -> moved(delayed), threads);
      assertThat(moved(batches)).as("tasks of three batches").isEqualTo(401);
      assertThat(other.get(1, TimeUnit.MINUTES)).as("delayed tasks").isEqualTo(3);
      threads.shutdownNow();
    }
  }

  private static void park(boolean slow) {
    if (slow) {
      Pauses.work(Duration.ofMillis(1_100));
    }
  }

  private static long moved(MoveScene in) {
    try {
      return in.move(PATIENCE);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The task would be in neither place. */
  @Test
  void aTaskWhoseCopyIsRefusedStays() {
    PartitionAddress address = scene.consumer(scene.partition(1), 0);
    for (int i = 0; i < 3; i++) {
      scene.store(address, "t" + i);
    }
    AtomicInteger copies = new AtomicInteger();
    scene.onCopy = copy -> copies.incrementAndGet() == 2 ? FULL : MoveScene.CONFIRMED;
    assertThatThrownBy(() -> scene.move(PATIENCE)).isInstanceOf(QueueFullException.class);
    assertThat(scene.server.subjects()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(scene.asked("CONSUMER.DELETE")).isEmpty();
    assertThat(scene.marks).as("the queue stays marked as being moved").isEmpty();
  }

  @Test
  void aDelayedTaskWhoseCopyIsRefusedStays() {
    storeDelayed(scene, "t");
    scene.onCopy = copy -> FULL;
    assertThatThrownBy(() -> scene.move(PATIENCE)).isInstanceOf(QueueFullException.class);
    assertThat(scene.server.subjects()).hasSize(1);
    assertThat(scene.asked("CONSUMER.DELETE")).isEmpty();
    assertThat(scene.marks).isEmpty();
  }

  /** A note is not a task. */
  @Test
  void theNoteOfACancelledTaskIsRemovedAndNotCounted() throws Exception {
    PartitionAddress address = scene.before.address("x");
    scene.server.store(
        address.cancelledSubject("gone"),
        new Headers().put(WireHeaders.CANCELLED, "gone"),
        MoveScene.STORED);
    storeDelayed(scene, "t");
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.copies()).hasSize(1);
    assertThat(scene.server.subjects()).isEmpty();
  }

  /** Whether a repeated push is a duplicate, and whether a second task with the id is kept. */
  @ParameterizedTest
  @CsvSource({
    "1, '', moved", // A server that reports no time.
    "1, 2026-01-01T00:02:00Z, pushed", // Pushed exactly a dedup window ago.
    "1, 2026-01-01T00:01:00Z, pushed",
    "1, 2026-01-01T00:02:00.000000001Z, moved",
    "0, 2026-01-01T00:01:00Z, moved" // The stream itself knows the id.
  })
  void theMessageIdIsThatOfThePushWhileTheOldStreamKnowsIt(int index, String now, String id)
      throws Exception {
    if (!now.isEmpty()) {
      scene.time(Instant.parse(now));
    }
    String name = scene.partition(index);
    scene.store(scene.consumer(name, 0), "t");
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    Sent copy = scene.copies().get(0);
    assertThat(copy.header(WireHeaders.TASK_ID)).isEqualTo("t");
    assertThat(copy.header(WireHeaders.MESSAGE_ID))
        .isEqualTo(
            id.equals("pushed")
                ? name + "/t"
                : name + "!moved-1-" + WireHeaders.nanos(MoveScene.STORED));
  }

  /** The same time decides about the delayed tasks. */
  @ParameterizedTest
  @CsvSource({"2026-01-01T00:01:00Z, true", "2026-01-01T00:03:00Z, false", "'', false"})
  void aDelayedTaskKeepsItsMessageIdWhileTheOldStreamKnowsIt(String now, boolean known)
      throws Exception {
    if (!now.isEmpty()) {
      scene.time(Instant.parse(now));
    }
    PartitionAddress address = scene.before.address(scene.partition(1));
    scene.server.store(address.delayedSubject("t"), later("t"), MoveScene.STORED);
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.copies().get(0).header(WireHeaders.MESSAGE_ID)).isEqualTo(known ? "x/t" : "");
  }

  /** What no worker holds is moved in any case; the error names the consumers of the others. */
  @Test
  void withoutPatienceTheHeldTasksAreNamed() {
    String name = scene.partition(1);
    PartitionAddress low = scene.consumer(name, 0);
    PartitionAddress high = scene.consumer(name, 1);
    scene.store(low, "t");
    scene.storeHeld(low);
    scene.storeHeld(high);
    scene.store(scene.consumer(scene.partition(0), 0), "u");
    assertThatThrownBy(() -> scene.move(Duration.ZERO))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("hold tasks of " + name + ", " + name + "@1. No task is lost");
    assertThat(scene.copies()).hasSize(2);
    assertThat(scene.marks).isEmpty();
    assertThat(scene.asked("CONSUMER.DELETE"))
        .as("the consumer of the partition that is moved")
        .containsExactly("CONSUMER.DELETE.jetlane." + scene.partition(0) + " ");
  }

  @Test
  void aPauseDuringTheMoveIsNamed() {
    PartitionAddress address = scene.before.address(scene.partition(1));
    String paused = ",\"paused\":true";
    scene.server.consumer("jetlane", address.consumer, address.subject, paused);
    scene.storeHeld(address);
    assertThatThrownBy(() -> scene.move(Duration.ZERO))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContainingAll("the partition is paused: " + address.consumer, "end the pause");
  }

  /** A later pull receives it. */
  @Test
  void aHeldTaskMovesWhenItsLeaseEnds() throws Exception {
    scene.storeHeld(scene.consumer(scene.partition(1), 0));
    AtomicInteger pulls = new AtomicInteger();
    scene.onPull =
        () -> {
          if (pulls.incrementAndGet() == 2) {
            scene.endLeases();
          }
        };
    assertThat(scene.move(PATIENCE)).isEqualTo(1);
    assertThat(scene.copies()).hasSize(1);
    assertThat(pulls.get()).as("none, the task, none left").isEqualTo(3);
  }

  /** Their consumer was deleted between the two runs: no pull would ever receive them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void tasksWithoutAConsumerAreNamedAndTheMoveIsNotFinished(int priority) {
    scene.storeHeld(scene.before.addresses("left").get(priority));
    scene.storeHeld(scene.before.addresses("also").get(priority));
    assertThatThrownBy(() -> scene.move(PATIENCE))
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("tasks without a consumer are left in also, left. No task is lost");
    assertThat(scene.marks).isEmpty();
  }

  /** A task in a partition that no client has opened has no consumer. */
  @Test
  void theFirstRunCreatesEachMissingConsumerBeforeItMarksTheQueue() {
    failToMark(scene.before.addresses("never-opened").get(1));
    List<String> changes =
        scene.server.asked().stream()
            .filter(one -> one.matches("(CONSUMER.CREATE|STREAM.UPDATE).*"))
            .map(one -> one.substring(0, one.indexOf(' ')))
            .toList();
    assertThat(changes)
        .containsExactly(
            "CONSUMER.CREATE.jetlane.never-opened",
            "CONSUMER.CREATE.jetlane.never-opened@1",
            "STREAM.UPDATE.jetlane");
  }

  /** Another client may have more priorities, and nothing can create the consumer later. */
  @Test
  void theFirstRunCreatesTheConsumerOfAPriorityThatThisClientDoesNotKnow() {
    failToMark(scene.before.withPriorities(4).addresses("never-opened").get(3));
    assertThat(scene.asked("CONSUMER.CREATE"))
        .anyMatch(one -> one.startsWith("CONSUMER.CREATE.jetlane.never-opened@3 "));
  }

  /** Begins the move of a queue with one task and no consumer; the stream is not changed. */
  private void failToMark(PartitionAddress of) {
    scene.hasOneStream();
    scene.storeHeld(of);
    scene.server.answer("CONSUMER.CREATE", this::create);
    // A prefix of a consumer's name is that of another priority.
    scene.server.answer(
        "CONSUMER.INFO.jetlane.never-opened@", question -> AnsweringServer.error(404, 10014));
    scene.server.answer("STREAM.UPDATE.jetlane", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(
            () -> new StreamMigration(scene.session, MoveScene.terms(true), PATIENCE).run())
        .isInstanceOf(QueueUnavailableException.class);
  }

  private String create(String config) {
    JsonValue json = JsonParser.parseUnchecked(config);
    String name = JsonValueUtils.readString(json, "durable_name", "");
    String created =
        "{\"created\":\"2026-01-01T00:00:00Z\",\"stream_name\":\"jetlane\",\"name\":\"%s\",\"config\":%s}"
            .formatted(name, config);
    scene.server.answer("CONSUMER.INFO.jetlane." + name, question -> created);
    return created;
  }

  /** The queue is not marked, so its clients still work. */
  @Test
  void aFirstRunThatCannotCreateAConsumerHasChangedNothing() {
    scene.hasOneStream();
    scene.storeHeld(scene.before.address("never-opened"));
    scene.server.answer("CONSUMER.CREATE", body -> AnsweringServer.error(503, 10008));
    assertThatThrownBy(
            () -> new StreamMigration(scene.session, MoveScene.terms(true), PATIENCE).run())
        .isInstanceOf(QueueUnavailableException.class)
        .hasMessageNotContaining("done in part");
    assertThat(scene.asked("STREAM.UPDATE")).isEmpty();
  }
}
