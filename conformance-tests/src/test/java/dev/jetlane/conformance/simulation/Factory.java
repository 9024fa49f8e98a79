// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.simulation;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushOutcome;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.simulation.Simulation;
import dev.jetlane.inmemory.simulation.SimulationFaults.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Processes that use each feature of a worker in partition p0: they pause, resume, drain, close and
 * start again, as the seed decides.
 */
final class Factory {

  static final String PARTITION = "p0";

  private static final int BATCHES = 3;
  private static final Duration KEEP_FOR = Duration.ofHours(6);

  private final Simulation sim;

  /** The tasks whose work is done; a crash does not erase them. */
  private final Set<String> done = new HashSet<>();

  private final Set<String> pushed = new HashSet<>();

  /**
   * Excludes the two faults in which a server delivers a task although its lease runs: the oracle
   * would report them.
   */
  Factory(Simulation sim) {
    this.sim = sim;
    sim.faults().without(Kind.DUPLICATE, Kind.SERVER_CRASH);
    sim.atEnd("no task is stored", () -> sim.server().tasks(PARTITION).isEmpty());
    sim.atEnd("the work of each task was done", () -> done.containsAll(pushed));
  }

  // ---- A producer

  /** Pushes batches until each task is stored for certain. */
  void produce(TaskQueue queue) throws InterruptedException {
    Partition partition = queue.partition(PARTITION);
    for (int batch = 0; batch < BATCHES; batch++) {
      List<Task> tasks = new ArrayList<>();
      for (int i = sim.upTo(4); i > 0; i--) {
        tasks.add(Task.of("b" + batch + "-" + i, "work"));
      }
      while (!tasks.isEmpty()) {
        for (PushOutcome outcome : partition.pushAll(tasks).outcomes()) {
          if (outcome.isStored()) {
            pushed.add(outcome.taskId());
            tasks.removeIf(task -> task.id().equals(outcome.taskId()));
          }
        }
        sim.sleep(Duration.ofSeconds(sim.upTo(3)));
      }
    }
  }

  // ---- Workers

  void workInThreads(TaskQueue queue) throws InterruptedException {
    Partition partition = queue.partition(PARTITION);
    workers(() -> partition.work(this::handle, options()), false);
  }

  void workAsynchronously(TaskQueue queue) throws InterruptedException {
    Partition partition = queue.partition(PARTITION);
    workers(() -> partition.workAsync(this::handleLater, options()), false);
  }

  /**
   * As {@link #workInThreads}, for a worker that is the only one of the partition. No thread is
   * slow: a pause waits up to half a second for a pull that is being sent.
   */
  void workAlone(TaskQueue queue) throws InterruptedException {
    sim.faults().without(Kind.SLOW_THREAD);
    Partition partition = queue.partition(PARTITION);
    workers(() -> partition.work(this::handle, options()), true);
  }

  /** Starts workers that end, and one that continues. */
  private void workers(Supplier<Worker> start, boolean alone) throws InterruptedException {
    for (int ending = sim.upTo(2); ending > 0; ending--) {
      live(start.get(), alone);
    }
    Worker unused = start.get();
  }

  private WorkerOptions options() {
    WorkerOptions options =
        WorkerOptions.concurrency(sim.upTo(3))
            .withKeepFor(sim.maybe() ? KEEP_FOR : Duration.ZERO)
            .withRetryPolicy(RetryPolicy.fixed(Duration.ofSeconds(3)));
    return sim.maybe() ? options.withFetchAhead(sim.upTo(4)) : options;
  }

  private void handle(Delivery task) throws InterruptedException {
    if (sim.maybe()) {
      sim.sleep(Duration.ofSeconds(sim.upTo(12)));
    }
    if (sim.maybe()) {
      throw new IllegalStateException("fails by choice");
    }
    done.add(task.taskId());
  }

  private CompletionStage<Void> handleLater(Delivery task) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            handle(task);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        sim.executor());
  }

  /** Pauses and resumes a worker, and ends it. */
  private void live(Worker worker, boolean alone) throws InterruptedException {
    for (int i = sim.upTo(6); i > 0; i--) {
      sim.sleep(Duration.ofSeconds(sim.upTo(2)));
      worker.pause();
      rest(worker, alone);
      worker.resume();
    }
    sim.sleep(Duration.ofSeconds(sim.upTo(5)));
    if (sim.maybe()) {
      boolean inTime = worker.drain(Duration.ofSeconds(sim.upTo(30)));
      sim.check("a drain in time leaves no handler", !inTime || worker.running() == 0);
    } else {
      worker.close();
    }
    sim.check("a worker that was ended is closed", worker.state() == Worker.State.CLOSED);
    rest(worker, alone);
  }

  /** A paused worker leases nothing. */
  private void rest(Worker worker, boolean alone) throws InterruptedException {
    long before = leased();
    sim.sleep(Duration.ofSeconds(sim.upTo(2)));
    sim.check("a worker that rests holds nothing ahead", worker.ahead() == 0);
    sim.check("a worker that rests leases nothing", !alone || leased() == before);
  }

  private long leased() {
    return sim.server().events().stream().filter(line -> line.contains(": leased to ")).count();
  }

  // ---- A puller

  /** Acks some of the tasks of a pull together, and gives the others back. */
  void pullBatches(TaskQueue queue) throws InterruptedException {
    PullOptions kept = PullOptions.defaults().withKeepFor(KEEP_FOR).withPrefetch(sim.upTo(5) - 1);
    try (Puller puller = queue.partition(PARTITION).puller(kept)) {
      while (true) {
        List<CompletableFuture<?>> acks = new ArrayList<>();
        List<Delivery> batch = pull(puller);
        for (Delivery task : batch) {
          if (sim.maybe()) {
            done.add(task.taskId());
            acks.add(task.ackAsync());
          }
        }
        CompletableFuture.allOf(acks.toArray(CompletableFuture[]::new))
            .exceptionally(lost -> null)
            .join();
        batch.forEach(Delivery::close); // The unacked ones are redelivered.
      }
    }
  }

  private List<Delivery> pull(Puller puller) throws InterruptedException {
    try {
      return puller.pull(sim.upTo(4), Duration.ofSeconds(20));
    } catch (QueueUnavailableException disconnected) {
      sim.sleep(Duration.ofSeconds(1));
      return List.of();
    }
  }
}
