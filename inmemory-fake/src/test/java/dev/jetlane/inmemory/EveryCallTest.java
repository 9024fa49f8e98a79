// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Delivery;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.Puller;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Tables of all calls: how many exchanges each has, what its client knows when an answer is
 * missing, which calls need the consumer, and which fault hits which call.
 */
class EveryCallTest {

  private static final Duration HOUR = Duration.ofHours(1);

  /** A partition with a task in each state, and a client that holds one of them. */
  private static final class Scene {

    final ManualClock clock = new ManualClock();
    final InMemoryServer server = InMemoryServer.create(clock);
    final TaskQueue queue = server.connect(QueueConfig.defaults().withLease(HOUR));
    final Partition partition = queue.partition("p");
    final Puller puller = partition.puller();
    final PartitionAdmin admin = queue.admin().partition("p");
    final DeadLetterAdmin letters = admin.deadLetters();
    final Delivery held;
    final String letter;

    Scene() throws InterruptedException {
      assertThat(queue.partition("other").name()).isEqualTo("other");
      partition.push(Task.of("dead", "x"));
      puller.pull(1, Duration.ZERO).get(0).deadLetter("no");
      letter = partition.deadLetters().list(1).get(0).id();
      partition.push(Task.of("held", "x"));
      held = puller.pull(1, Duration.ZERO).get(0);
      partition.push(Task.of("ready", "x"));
      partition.push(Task.of("later", "x").withDelay(HOUR.multipliedBy(9)));
    }

    /** Returns the events of tasks and partitions, without those of faults. */
    List<String> events() {
      return server.events().stream().filter(line -> !line.contains("fault: ")).toList();
    }
  }

  private interface Action {
    void make(Scene scene) throws Exception;
  }

  /**
   * A call.
   *
   * @param exchanges the number of its exchanges with the server
   * @param firstMayChange whether the first exchange may change something
   * @param lastMayChange whether the last exchange may change something
   * @param needsConsumer whether it fails once after the consumer was deleted
   */
  private record Call(
      String name,
      int exchanges,
      boolean firstMayChange,
      boolean lastMayChange,
      boolean needsConsumer,
      Action action) {}

  private static Call read(String name, int exchanges, Action action) {
    return new Call(name, exchanges, false, false, false, action);
  }

  private static Call change(String name, int exchanges, Action action) {
    return new Call(name, exchanges, exchanges == 1, true, false, action);
  }

  private static Call settle(String name, int exchanges, Action action) {
    return new Call(name, exchanges, true, true, true, action);
  }

  private static Call count(String name, int exchanges, Action action) {
    return new Call(name, exchanges, false, false, true, action);
  }

  private static final List<Call> CALLS =
      List.of(
          change("push", 1, s -> s.partition.push(Task.of("new", "x"))),
          change("pushAsync", 1, s -> failure(s.partition.pushAsync(Task.of("new", "x"))::join)),
          change("push later", 1, s -> s.partition.push(Task.of("new", "x").withDelay(HOUR))),
          change("batch", 1, s -> s.partition.pushAtomically(List.of(Task.of("new", "x")))),
          change("cancel", 2, s -> s.partition.cancel("later")),
          count("stats", 4, s -> s.partition.stats()),
          read("oldestAge", 1, s -> s.partition.oldestAge()),
          change("open a partition", 3, s -> s.queue.partition("new")),
          change("redrive", 3, s -> s.partition.deadLetters().redrive(s.letter)),
          change("purge letters", 1, s -> s.partition.deadLetters().purge()),
          settle("ack", 1, s -> s.held.ack()),
          settle("ackAsync", 1, s -> failure(s.held.ackAsync()::join)),
          settle("nak", 1, s -> s.held.nak()),
          settle("nak with a delay", 1, s -> s.held.nak(Duration.ofSeconds(1))),
          settle("release", 1, s -> s.held.release()),
          settle("extend", 1, s -> s.held.extend()),
          settle("deadLetter", 2, s -> s.held.deadLetter("no")),
          read("list partitions", 4, s -> s.queue.admin().partitions()),
          read("summary", 4, s -> s.admin.summary()),
          change("purge", 2, s -> s.admin.purge()),
          change("pause", 2, s -> s.admin.pause(HOUR)),
          change("resume", 1, s -> s.admin.resume()),
          change("delete", 2, s -> s.admin.deleteWithTasks()));

  /** Rethrows the error of an asynchronous call. */
  private static void failure(Runnable join) {
    try {
      join.run();
    } catch (java.util.concurrent.CompletionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  private static @Nullable Class<?> kindOf(Scene scene, Action action) {
    Throwable thrown = catchThrowable(() -> action.make(scene));
    return thrown == null ? null : thrown.getClass();
  }

  private static Class<?> missingAnswer(boolean mayChange) {
    return mayChange ? OutcomeUnknownException.class : QueueUnavailableException.class;
  }

  @Test
  void eachExchangeOfACallTakesItsTime() throws Exception {
    for (Call call : CALLS) {
      Scene scene = new Scene();
      Instant before = scene.clock.now();
      scene.server.faults().slowExchanges(Duration.ofMillis(1));

      call.action.make(scene);

      assertThat(Duration.between(before, scene.clock.now()))
          .as("the exchanges of %s, one millisecond each", call.name)
          .isEqualTo(Duration.ofMillis(call.exchanges));
    }
  }

  @Test
  void aMissingFirstAnswerIsUnknownOnlyIfItMayHaveChangedSomething() throws Exception {
    for (Call call : CALLS) {
      Scene scene = new Scene();
      Instant before = scene.clock.now();
      scene.server.faults().slowExchanges(Duration.ofSeconds(5).plusNanos(1));

      assertThat(kindOf(scene, call.action))
          .as("first exchange of %s", call.name)
          .isEqualTo(missingAnswer(call.firstMayChange));
      assertThat(scene.clock.now())
          .as("%s waits for the request timeout", call.name)
          .isEqualTo(before.plusSeconds(5));
    }
  }

  /** The letter is stored, and the task stays: the client does not take the second step. */
  @Test
  void aDeadLetterWhoseFirstAnswerIsMissingIsDoneInPart() throws Exception {
    Scene scene = new Scene();
    scene.server.faults().slowExchanges(Duration.ofSeconds(5).plusNanos(1));
    assertThat(kindOf(scene, s -> s.held.deadLetter("no")))
        .isEqualTo(OutcomeUnknownException.class);
    scene.server.faults().clear();

    assertThat(scene.partition.stats()).isEqualTo(new Stats(1, 1, 0, 1, 2));
    assertThat(scene.held.deadLetter("no")).isEqualTo(Settlement.SETTLED);
    assertThat(scene.partition.stats()).isEqualTo(new Stats(1, 0, 0, 1, 2));
  }

  @Test
  void aMissingLastAnswerIsUnknownIfTheCallMayHaveChangedSomething() throws Exception {
    for (Call call : CALLS) {
      if (call.exchanges > 1) {
        Scene scene = new Scene();
        Duration allButTheLast = Duration.ofSeconds(5).dividedBy(call.exchanges - 1);
        scene.server.faults().slowExchanges(allButTheLast);

        assertThat(kindOf(scene, call.action))
            .as("last exchange of %s", call.name)
            .isEqualTo(missingAnswer(call.lastMayChange));
      }
    }
  }

  @Test
  void aCallThatNeedsTheConsumerFailsOnceAndCreatesIt() throws Exception {
    for (Call call : CALLS) {
      Scene scene = new Scene();
      scene.server.faults().deleteConsumer("p");

      // A pause belongs to the consumer, but no operator's call creates one.
      boolean fails = call.needsConsumer || List.of("pause", "resume").contains(call.name);
      assertThat(kindOf(scene, call.action))
          .as("%s without a consumer", call.name)
          .isEqualTo(fails ? QueueUnavailableException.class : null);
      assertThat(scene.server.state().require("p").isConsumerDeleted())
          .as("%s does not create the consumer", call.name)
          .isEqualTo(!call.needsConsumer);
    }
  }

  @Test
  void aPullFailsOnceWithoutAConsumerAndAPullerCreatesIt() throws Exception {
    Scene scene = new Scene();
    scene.server.faults().deleteConsumer("p");
    Action pull = s -> s.puller.pull(1, Duration.ZERO);
    assertThat(kindOf(scene, pull)).isEqualTo(QueueUnavailableException.class);
    assertThat(kindOf(scene, pull)).isNull();
    scene.server.faults().deleteConsumer("p");
    assertThat(kindOf(scene, s -> s.partition.puller().close())).isNull();
    assertThat(kindOf(scene, pull)).isNull();
  }

  private static final Map<Faults.Call, Action> HIT =
      Map.of(
          Faults.Call.PUSH, s -> s.partition.push(Task.of("new", "x")),
          Faults.Call.ACK, s -> s.held.ack(),
          Faults.Call.NAK, s -> s.held.nak(),
          Faults.Call.EXTEND, s -> s.held.extend(),
          Faults.Call.DEAD_LETTER, s -> s.held.deadLetter("no"),
          Faults.Call.CANCEL, s -> s.partition.cancel("later"),
          Faults.Call.REDRIVE, s -> s.partition.deadLetters().redrive(s.letter));

  private interface Plan {
    void add(Faults faults, Faults.Call call);
  }

  private record Fault(
      String log, String message, Class<?> error, boolean takesEffect, Plan plan) {}

  private static final List<Fault> FAULTS =
      List.of(
          new Fault(
              "CALL refused",
              "fault: CALL refused",
              QueueUnavailableException.class,
              false,
              Faults::refuseNext),
          new Fault(
              "CALL lost",
              "fault: CALL lost",
              OutcomeUnknownException.class,
              false,
              Faults::loseNext),
          new Fault(
              "CALL confirmation lost",
              "fault: confirmation of CALL lost",
              OutcomeUnknownException.class,
              true,
              Faults::loseNextConfirmation));

  @Test
  void aPlannedFaultHitsTheNextCallOfItsKindOnceAndIsLogged() throws Exception {
    for (Faults.Call kind : HIT.keySet()) {
      for (Fault fault : FAULTS) {
        String what = fault.log.replace("CALL", kind.name());
        Scene scene = new Scene();
        List<String> before = scene.events();
        fault.plan.add(scene.server.faults(), kind);

        Throwable thrown = catchThrowable(() -> HIT.get(kind).make(scene));

        assertThat(thrown)
            .as(what)
            .isInstanceOf(fault.error)
            .hasMessageContaining(fault.message.replace("CALL", kind.name()));
        assertThat(scene.events().size() > before.size())
            .as("%s takes effect", what)
            .isEqualTo(fault.takesEffect);
        assertThat(scene.server.events()).as(what).contains("+0s: fault: " + what);
        assertThat(scene.server.faults().happened()).as(what).isEqualTo(1);
        assertThat(scene.server.leaks()).as(what).noneMatch(leak -> leak.startsWith("fault"));
      }
    }
  }

  @Test
  void aPlannedFaultHitsNoCallOfAnotherKind() throws Exception {
    for (Faults.Call planned : Faults.Call.values()) {
      for (Fault fault : FAULTS) {
        for (Faults.Call made : HIT.keySet()) {
          boolean step =
              (planned == Faults.Call.STORE_LETTER && made == Faults.Call.DEAD_LETTER)
                  || (planned == Faults.Call.STORE_REDRIVEN && made == Faults.Call.REDRIVE);
          if (planned != made && !step) {
            String what = fault.log.replace("CALL", planned.name());
            Scene scene = new Scene();
            fault.plan.add(scene.server.faults(), planned);

            assertThat(kindOf(scene, HIT.get(made))).as("%s with '%s'", made, what).isNull();
            assertThat(scene.server.faults().happened()).as("%s with '%s'", made, what).isZero();
            assertThat(scene.server.leaks()).contains("fault that never happened: " + what);
          }
        }
      }
    }
  }

  /** The pages of an operator have a longer timeout, by the number of their items. */
  @Test
  void pagesHaveOneExchange() throws Exception {
    List<Action> pages =
        List.of(
            s -> s.admin.tasks(TaskQuery.defaults().withMax(1)),
            s -> s.admin.find("ready"),
            s -> assertThat(s.admin.remove("ready")).isEqualTo(Removal.REMOVED),
            s -> s.letters.find(s.letter),
            s -> s.partition.deadLetters().list(1),
            s -> s.letters.page(DeadLetterQuery.defaults().withMax(1)));
    for (int i = 0; i < pages.size(); i++) {
      Scene scene = new Scene();
      Instant before = scene.clock.now();
      scene.server.faults().slowExchanges(Duration.ofMillis(1));
      pages.get(i).make(scene);
      assertThat(Duration.between(before, scene.clock.now()))
          .as("page %d", i)
          .isEqualTo(Duration.ofMillis(1));
    }
  }

  @Test
  void theCallsOnOneLetterHaveTheirExchanges() throws Exception {
    Map<Integer, Action> byExchanges =
        Map.of(
            2, s -> assertThat(s.letters.remove(s.letter)).isTrue(),
            7, s -> assertThat(s.letters.move(s.letter, "other")).isTrue());
    for (Map.Entry<Integer, Action> call : byExchanges.entrySet()) {
      Scene scene = new Scene();
      Instant before = scene.clock.now();
      scene.server.faults().slowExchanges(Duration.ofMillis(1));
      call.getValue().make(scene);
      assertThat(Duration.between(before, scene.clock.now()))
          .isEqualTo(Duration.ofMillis(call.getKey()));
    }
  }
}
