// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Worker.State;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/**
 * Random steps of workers on one thread. After each step the tasks, the places and the pull of a
 * worker must fit together; at the end each task has been settled once, and the worker is as good
 * as new.
 */
class WorkerStepsTest {

  private static final int RUNS = 500;
  private static final int STEPS = 60;

  private final IllegalStateException bad = new IllegalStateException("bad");
  private final QueueUnavailableException away = new QueueUnavailableException("away", null);

  /** One worker. */
  private final class Run {

    private final Random random;
    private final ScriptedWorker on = new ScriptedWorker();
    private final List<String> steps = new ArrayList<>();
    private final List<RecordedDelivery> come = new ArrayList<>();
    private final Map<String, CompletableFuture<Void>> stages = new LinkedHashMap<>();
    private final List<String> batched = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private final Deque<Runnable> commands = new ArrayDeque<>();
    private final boolean batches;
    private final int places;
    private final int ahead;
    private final int size;
    private final TaskWorker worker;
    private boolean refuses;

    Run(long seed) {
      random = new Random(seed);
      batches = random.nextBoolean();
      size = batches ? 1 + random.nextInt(3) : 1;
      int concurrency = 1 + random.nextInt(3);
      places = concurrency * size;
      ahead = random.nextInt(5);
      WorkerOptions options =
          on.options(concurrency)
              .withFetchAhead(ahead)
              .withExecutor(this::execute)
              .withInterruptOnLeaseLost(random.nextBoolean())
              .withTimeLimit(Duration.ofSeconds(random.nextBoolean() ? 1 : 100_000));
      steps.add("seed " + seed + ", places " + places + ", ahead " + ahead + ", size " + size);
      worker =
          batches
              ? on.startBatches(this::handle, size, Duration.ofSeconds(1), options)
              : on.startAsync(task -> handle(task), options);
    }

    private void execute(Runnable command) {
      if (refuses) {
        throw new RejectedExecutionException("full");
      }
      commands.add(command);
    }

    private CompletableFuture<Void> handle(Delivery task) {
      CompletableFuture<Void> stage = new CompletableFuture<>();
      stages.put(task.taskId(), stage);
      return stage;
    }

    private Map<Delivery, Throwable> handle(List<Delivery> batch) {
      sizes.add(batch.size());
      Map<Delivery, Throwable> failures = new HashMap<>();
      for (Delivery each : batch) {
        batched.add(each.taskId());
        if (random.nextInt(4) == 0) {
          failures.put(each, bad);
        }
      }
      if (random.nextInt(6) == 0) {
        throw bad;
      }
      return failures;
    }

    private ScriptedWorker.Pull pull() {
      return on.pulls.get(on.pulls.size() - 1);
    }

    private boolean isPulling() {
      return !pull().answer().isDone();
    }

    private void step() {
      int kind = random.nextInt(18);
      if (kind < 4) {
        bring(kind == 0 ? 0 : 1 + random.nextInt(pull().max()));
      } else if (kind < 8) {
        runNext();
      } else if (kind < 11) {
        endStage(random.nextInt(3) > 0);
      } else if (kind == 11) {
        failPull();
      } else if (kind == 12) {
        refuses = random.nextBoolean();
        steps.add(refuses ? "the executor refuses" : "the executor accepts");
      } else if (kind == 13) {
        pauseOrResume();
      } else if (kind == 14) {
        lose();
      } else {
        advance(Duration.ofMillis(random.nextInt(1_500)));
      }
      check();
    }

    private void bring(int count) {
      if (isPulling()) {
        List<RecordedDelivery> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          tasks.addAll(ScriptedWorker.tasks("t" + come.size()));
          come.add(tasks.get(i));
        }
        steps.add(count + " tasks come");
        on.come(tasks);
      }
    }

    private void runNext() {
      if (!commands.isEmpty()) {
        steps.add("a thread starts");
        commands.remove().run();
      }
    }

    private void endStage(boolean well) {
      if (!stages.isEmpty()) {
        List<String> ids = List.copyOf(stages.keySet());
        String id = ids.get(random.nextInt(ids.size()));
        steps.add(id + (well ? " ends" : " fails"));
        CompletableFuture<Void> stage = Objects.requireNonNull(stages.remove(id), id);
        boolean unused = well ? stage.complete(null) : stage.completeExceptionally(bad);
      }
    }

    private void lose() {
      List<RecordedDelivery> held = come.stream().filter(task -> task.sent.isEmpty()).toList();
      if (!held.isEmpty()) {
        RecordedDelivery task = held.get(random.nextInt(held.size()));
        steps.add(task + " is lost");
        boolean unused = task.lost.complete(null);
      }
    }

    private void failPull() {
      if (isPulling()) {
        steps.add("the pull fails");
        on.fail(away);
      }
    }

    private void pauseOrResume() {
      steps.add(worker.state() == State.PAUSED ? "resume" : "pause");
      if (worker.state() == State.PAUSED) {
        worker.resume();
      } else {
        worker.pause();
      }
    }

    private void advance(Duration time) {
      steps.add("time " + time);
      on.clock.advance(time);
    }

    private long open() {
      return come.stream().filter(task -> task.sent.isEmpty()).count();
    }

    private void check() {
      stages.values().removeIf(CompletableFuture::isDone); // The worker has cancelled them.
      assertThat(Thread.interrupted()).as("an interrupt is left after %s", steps).isFalse();
      assertThat(come)
          .as("tasks after %s", steps)
          .allMatch(task -> task.sent.size() <= 1, "settled at most once");
      assertThat(worker.running() + worker.ahead())
          .as("tasks at handlers and ahead after %s", steps)
          .isEqualTo((int) open());
      assertThat(worker.running()).as("places after %s", steps).isLessThanOrEqualTo(places);
      assertThat(sizes).as("sizes of batches after %s", steps).allMatch(n -> n >= 1 && n <= size);
      if (!batches) {
        assertThat(worker.running()).as("handlers after %s", steps).isEqualTo(stages.size());
      }
      assertThat(on.pulls.stream().filter(each -> !each.answer().isDone()).count())
          .as("waiting pulls after %s", steps)
          .isLessThanOrEqualTo(1);
      if (isPulling()) {
        assertThat(pull().max() + open())
            .as("requested and leased tasks after %s", steps)
            .isLessThanOrEqualTo(places + ahead);
      }
      if (worker.state() == State.PAUSED) {
        assertThat(worker.ahead()).as("ahead in a pause after %s", steps).isZero();
        assertThat(isPulling()).as("a pull in a pause after %s", steps).isFalse();
      }
    }

    private void end() throws InterruptedException {
      refuses = false;
      worker.resume();
      for (int i = 0; i < 100 && open() > 0; i++) {
        advance(Duration.ofSeconds(2));
        while (!commands.isEmpty()) {
          runNext();
        }
        while (!stages.isEmpty()) {
          endStage(true);
        }
        check();
      }
      advance(Duration.ofSeconds(2));
      while (!commands.isEmpty()) {
        runNext();
      }
      assertThat(open()).as("unsettled tasks after %s", steps).isZero();
      assertThat(isPulling()).as("a pull after %s", steps).isTrue();
      bring(0);
      assertThat(pull().max()).as("the next pull after %s", steps).isEqualTo(places + ahead);
      assertThat(worker.isAtRest()).as("at rest after %s", steps).isTrue();
      assertThat(worker.health()).as("health after %s", steps).isEqualTo(Health.up());
      assertThat(batched).as("handled once after %s", steps).doesNotHaveDuplicates();
      bring(places);
      while (!commands.isEmpty()) {
        runNext();
      }
      assertThat(worker.running() + batched.size())
          .as("as many handlers as places after %s", steps)
          .isGreaterThanOrEqualTo(places);
      boolean unused = worker.drain(Duration.ZERO);
      assertThat(worker.state()).isEqualTo(State.CLOSED);
      assertThat(come)
          .as("tasks at the end after %s", steps)
          .allMatch(task -> task.sent.size() == 1, "settled once");
      assertThat(on.ended).containsExactly(worker);
      assertThat(on.clock.works).isEmpty();
    }
  }

  @Test
  void theTasksThePlacesAndThePullFitTogetherAfterEachStep() throws InterruptedException {
    for (long seed = 0; seed < RUNS; seed++) {
      Run run = new Run(seed);
      for (int step = 0; step < STEPS; step++) {
        run.step();
      }
      run.end();
    }
  }
}
