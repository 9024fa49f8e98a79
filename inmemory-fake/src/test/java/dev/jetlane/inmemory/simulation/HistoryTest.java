// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Puller;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.WorkerOptions;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a history ends, when it fails, and what its processes and threads see. */
class HistoryTest {

  static final SimulationOptions OPTIONS =
      SimulationOptions.seeds(100).withTimeLimit(Duration.ofMinutes(5));

  static void assertFails(Simulation.Scenario scenario, String message) {
    assertThatThrownBy(() -> Simulation.run(1, scenario))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(message);
  }

  // ---- Processes

  @Test
  void aProgramThatFailsIsStartedAgainLaterEachTime() {
    Simulation.run(
        1,
        sim -> {
          sim.faults().none();
          long start = sim.clock().millis();
          List<Long> begun = new ArrayList<>();
          sim.process(
              "shop",
              queue -> {
                begun.add((sim.clock().millis() - start) / 1000);
                if (begun.size() < 10) {
                  throw new IllegalStateException("no database");
                }
              });
          sim.atEnd(
              "a minute at most",
              () -> begun.equals(List.of(0L, 1L, 3L, 7L, 15L, 31L, 63L, 123L, 183L, 243L)));
        });
  }

  @Test
  void aProgramThatAlwaysFailsFailsTheHistory() {
    assertFails(
        sim ->
            sim.process(
                "shop",
                queue -> {
                  throw new IllegalStateException("no database");
                }),
        "shop failed 21 times, last with java.lang.IllegalStateException: no database");
  }

  @Test
  void anAssertionErrorOfAProgramFailsTheHistory() {
    assertFails(
        sim ->
            sim.process(
                "shop",
                queue -> {
                  throw new AssertionError("sold twice");
                }),
        "sold twice\nseed 1, after 1 history");
  }

  @Test
  void anExceptionOfAThreadFailsTheHistory() {
    assertFails(
        sim ->
            sim.actor(
                "clerk",
                () -> {
                  throw new IllegalStateException("no stamp");
                }),
        "no stamp\nseed 1");
  }

  @Test
  void eachProcessNeedsItsOwnName() {
    for (String name : List.of("shop", "test")) {
      assertFails(
          sim -> {
            sim.process("shop", queue -> {});
            sim.process(name, queue -> {});
          },
          "two processes have the name " + name);
    }
  }

  /** A client that works after the crash of its process would be a ghost. */
  @Test
  void aProcessHasANewClientAfterItsFailure() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          List<Object> clients = new ArrayList<>();
          sim.process(
              "shop",
              queue -> {
                clients.add(queue);
                if (clients.size() == 1) {
                  var unused = queue.partition("p").puller();
                  throw new IllegalStateException("no database");
                }
              });
          sim.atEnd("two clients", () -> clients.size() == 2 && clients.get(0) != clients.get(1));
          sim.atEnd("no puller of the first one", () -> sim.server().leaks().isEmpty());
        });
  }

  // ---- Conditions

  @Test
  void aConditionThatThrowsIsNamed() {
    assertFails(
        sim -> {
          sim.always("always", () -> List.of().get(0) == null);
          sim.point("somewhere");
        },
        "condition does not hold: always: java.lang.");
    assertFails(
        sim -> sim.atEnd("at last", () -> List.of().get(0) == null),
        "condition does not hold at the end: at last: java.lang.");
  }

  @Test
  void aConditionThatNeverHoldsFailsWithoutAStep() {
    assertFails(sim -> sim.always("never", () -> false), "condition does not hold: never\n");
    assertFails(
        sim -> sim.atEnd("never", () -> false), "condition does not hold at the end: never\n");
  }

  @Test
  void theFirstFailureIsReported() {
    assertFails(
        sim -> {
          sim.atEnd("the second", () -> false);
          sim.check("the first", false);
        },
        "condition does not hold: the first\nseed");
  }

  @Test
  void aConditionMustNotWait() {
    assertFails(
        sim ->
            sim.atEnd(
                "waits",
                () -> {
                  try {
                    sim.sleep(Duration.ofSeconds(1));
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return true;
                }),
        "a condition of a simulation must not wait");
  }

  /** Conditions may call the queue, and the calls are not steps of the history. */
  @Test
  void aConditionMayReadTheQueue() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.queue().partition("p").push(Task.of("t", "work"));
          sim.always("stored", () -> sim.queue().partition("p").stats().ready() == 1);
          sim.point("somewhere");
        });
  }

  // ---- The end

  @Test
  void aHistoryEndsAfterTwoDays() {
    int[] hours = {0};
    Simulation.run(
        1,
        sim -> {
          hours[0] = 0;
          sim.faults().none();
          while (true) {
            sim.sleep(Duration.ofHours(1));
            hours[0]++;
          }
        });
    assertThat(hours[0]).isEqualTo(48);
  }

  @Test
  void aHistoryDoesNotEndBeforeDelayedTasksAreDone() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          List<String> done = new ArrayList<>();
          sim.queue().partition("p").push(Task.of("later", "x").withDelay(Duration.ofHours(5)));
          sim.process(
              "worker",
              queue ->
                  queue
                      .partition("p")
                      .work(task -> done.add(task.taskId()), WorkerOptions.concurrency(1)));
          sim.atEnd("it is done", () -> done.equals(List.of("later")));
        });
  }

  @Test
  void aHistoryDoesNotEndBeforeRetriesAreDone() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          List<Integer> attempts = new ArrayList<>();
          sim.queue().partition("p").push(Task.of("hard", "x"));
          sim.process(
              "worker",
              queue ->
                  queue
                      .partition("p")
                      .work(
                          task -> {
                            attempts.add(task.attempt());
                            if (task.attempt() < 3) {
                              throw new IllegalStateException("again");
                            }
                          },
                          WorkerOptions.concurrency(1)
                              .withRetryPolicy(RetryPolicy.fixed(Duration.ofHours(3)))));
          sim.atEnd("it is done", () -> attempts.equals(List.of(1, 2, 3)));
        });
  }

  /** The thread waits in a pull of an hour. */
  @Test
  void aHistoryEndsWhenAllTasksAreDone() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().none();
          long start = sim.clock().millis();
          sim.queue().partition("p").push(Task.of("t", "x"));
          sim.process(
              "worker",
              queue -> {
                try (Puller puller = queue.partition("p").puller()) {
                  while (true) {
                    puller.pull(1, Duration.ofHours(1)).forEach(Delivery::ack);
                  }
                }
              });
          sim.atEnd("soon", () -> sim.clock().millis() - start < 1_000);
          sim.atEnd("done", () -> sim.server().tasks("p").isEmpty());
        });
  }

  @Test
  void aHistoryThatTakesNoTimeIsGivenUp() {
    assertFails(
        sim -> {
          while (true) {
            sim.sleep(Duration.ofNanos(1));
          }
        },
        "the history does not end: test loops forever");
  }

  @Test
  void listenersReceiveTheEventsOfEachClient() {
    List<String> pushed = new ArrayList<>();
    QueueListener listener =
        new QueueListener() {
          @Override
          public void pushed(QueueEvent.Pushed event) {
            pushed.add(event.taskId());
          }
        };
    Simulation.run(
        SimulationOptions.seeds(1).withListeners(listener),
        sim -> {
          sim.faults().none();
          sim.queue().partition("p").push(Task.of("of-test", "x"));
          sim.process("shop", queue -> queue.partition("p").push(Task.of("of-shop", "x")));
        });
    assertThat(pushed).containsExactly("of-test", "of-shop");
  }

  // ---- Clocks and choices

  @Test
  void aClockInAnotherZoneShowsTheSameInstant() {
    Simulation.run(
        OPTIONS,
        sim -> {
          sim.faults().only(SimulationFaults.Kind.CLOCK_JUMP);
          sim.process(
              "shop",
              queue -> {
                Clock utc = sim.clock();
                Clock tokyo = utc.withZone(ZoneId.of("Asia/Tokyo"));
                sim.point("may jump");
                sim.check("same instant", tokyo.instant().equals(utc.instant()));
                sim.check("zone", tokyo.getZone().equals(ZoneId.of("Asia/Tokyo")));
                sim.check("UTC", utc.getZone().getId().equals("Z"));
              });
        });
  }

  @Test
  void eachChoiceIsMade() {
    boolean[] maybe = new boolean[2];
    boolean[] upTo = new boolean[4];
    Simulation.run(
        OPTIONS,
        sim -> {
          maybe[sim.maybe() ? 1 : 0] = true;
          upTo[sim.upTo(3)] = true;
          sim.check("one of one", sim.upTo(1) == 1);
        });
    assertThat(maybe).containsExactly(true, true);
    assertThat(upTo).containsExactly(false, true, true, true);
  }

  @Test
  @SuppressWarnings("NullAway") // Passing null is the purpose of this test.
  void badInputIsRefused() {
    Simulation.run(
        1,
        sim -> {
          for (Runnable call :
              List.<Runnable>of(
                  () -> sim.upTo(0),
                  () -> sim.process(null, queue -> {}),
                  () -> sim.process("p", null),
                  () -> sim.actor("a", null),
                  () -> sim.always(null, () -> true),
                  () -> sim.atEnd("a", null),
                  () -> sim.point(null),
                  () -> sim.faults().atMost(-1),
                  () -> sim.faults().only((SimulationFaults.Kind[]) null),
                  () -> sim.faults().without(SimulationFaults.Kind.CRASH, null))) {
            assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
          }
        });
    assertThatThrownBy(() -> Simulation.run(1, null)).isInstanceOf(InvalidInputException.class);
    assertThatThrownBy(() -> Simulation.run(null, sim -> {}))
        .isInstanceOf(InvalidInputException.class);
    SimulationOptions one = SimulationOptions.seeds(1);
    for (Runnable call :
        List.<Runnable>of(
            () -> SimulationOptions.seeds(0),
            () -> one.withTimeLimit(null),
            () -> one.withTimeLimit(Duration.ZERO),
            () -> one.withTimeLimit(Duration.ofSeconds(-1)),
            () -> one.withTimeLimit(Duration.ofDays(1).plusNanos(1)),
            () -> one.withConfig(null),
            () -> one.withListeners((QueueListener[]) null),
            () -> one.withListeners(new QueueListener() {}, null),
            () -> one.repeating(null),
            () -> one.repeating(""),
            () -> one.repeating("x"),
            () -> one.repeating("1:x"))) {
      assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class);
    }
    assertThat(one.withTimeLimit(Duration.ofDays(1)).timeLimit()).isEqualTo(Duration.ofDays(1));
  }
}
