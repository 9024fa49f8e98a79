// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.stage.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A running history: its server, processes and conditions. */
final class World {

  private static final int MOST_FAILED_STARTS = 20;
  private static final int TEST = 0;

  final Scheduler scheduler;
  final Stage stage;
  final SimulationFaults allowed = new SimulationFaults();
  final SimulationOptions options;
  private final Set<String> left;
  private final Map<String, Simulation.Program> programs = new LinkedHashMap<>();
  private final Map<String, SimulatedProcess.Numbers> numbers = new HashMap<>();
  private final Map<String, Integer> failedStarts = new HashMap<>();
  private final List<SimulatedProcess> alive = new ArrayList<>();
  private final Map<String, BooleanSupplier> always = new LinkedHashMap<>();
  private final Map<String, BooleanSupplier> atEnd = new LinkedHashMap<>();
  private final Attribution attribution;

  /** The process of the test itself, which has no faults. */
  final SimulatedProcess test;

  /** Created at the first request of the test. */
  private @Nullable TaskQueue queue;

  World(Scheduler scheduler, SimulationOptions options, Set<String> left, int faultOneIn) {
    this.scheduler = scheduler;
    this.options = options;
    this.left = left;
    FaultPlay faults = new FaultPlay(this, allowed, faultOneIn);
    stage = Stage.open(scheduler.time, faults);
    attribution = new Attribution(stage);
    attribution.turnOf(scheduler.current());
    scheduler.time.register(scheduler.timers);
    test = new SimulatedProcess(this, "test", new SimulatedProcess.Numbers(TEST));
    scheduler.mishaps = faults::at;
    scheduler.onTurn = attribution::turnOf;
    scheduler.nothingStored = stage::isEmpty;
    scheduler.afterStep = this::lookAtConditions;
  }

  InMemoryServer server() {
    return (InMemoryServer) stage.server();
  }

  long leaseNanos() {
    return options.config().lease().toNanos();
  }

  /** Returns the client of the test. */
  TaskQueue queue() {
    TaskQueue known = queue;
    if (known == null) {
      known = stage.connect(options.config(), options.listeners(), test);
      queue = known;
    }
    return known;
  }

  void log(String what) {
    stage.log(what);
  }

  // ---- Processes

  void process(String name, Simulation.Program program) {
    if (programs.putIfAbsent(name, program) != null || name.equals(test.name)) {
      throw new IllegalStateException("two processes have the name " + name);
    }
    numbers.put(name, new SimulatedProcess.Numbers(programs.size()));
    if (!left.contains(name)) {
      start(name);
    }
  }

  private void start(String name) {
    SimulatedProcess.Numbers own = numbers.get(name);
    Simulation.Program program = programs.get(name);
    if (own == null || program == null) {
      throw new IllegalStateException("no process " + name);
    }
    SimulatedProcess process = new SimulatedProcess(this, name, own);
    alive.add(process);
    Actor unused = process.spawn(name, () -> run(process, program));
  }

  private void run(SimulatedProcess process, Simulation.Program program) {
    TaskQueue client = stage.connect(options.config(), options.listeners(), process);
    process.queue = client;
    try {
      program.run(client);
    } catch (Unwound over) {
      throw over;
    } catch (AssertionError e) {
      scheduler.fail(e);
    } catch (Throwable e) {
      if (process.isDead()) {
        throw new Unwound();
      }
      log(process.name + " ends with " + e);
      int failed = failedStarts.merge(process.name, 1, Integer::sum);
      if (failed > MOST_FAILED_STARTS) {
        scheduler.fail(
            new AssertionError(process.name + " failed " + failed + " times, last with " + e, e));
      }
      crash(process, Math.min(1L << Math.min(failed - 1, 6), 60) * 1_000_000_000L);
      scheduler.standStill();
    }
  }

  /** Crashes a process, and starts it again later. */
  void crash(SimulatedProcess process, long downNanos) {
    process.die();
    alive.remove(process);
    scheduler.timers.at(
        scheduler.time.nanos() + downNanos,
        () -> {
          log(process.name + " is started again");
          start(process.name);
        });
  }

  /** Returns the names of all processes, including those that were left out. */
  List<String> processes() {
    return List.copyOf(programs.keySet());
  }

  // ---- Conditions

  void always(String what, BooleanSupplier condition) {
    always.put(what, condition);
  }

  void atEnd(String what, BooleanSupplier condition) {
    atEnd.put(what, condition);
  }

  private void lookAtConditions() {
    if (!always.isEmpty()) {
      look(always, "");
    }
  }

  /** Checks the conditions of the end, unless the history failed before. */
  void lookAtEnd() {
    if (scheduler.failure() == null) {
      look(always, "");
      look(atEnd, ", at the end");
    }
  }

  private void look(Map<String, BooleanSupplier> conditions, String when) {
    for (Map.Entry<String, BooleanSupplier> condition : conditions.entrySet()) {
      try {
        if (!condition.getValue().getAsBoolean()) {
          scheduler.fail(new AssertionError("not so" + when + ": " + condition.getKey()));
        }
      } catch (Unwound over) {
        throw over;
      } catch (RuntimeException | Error e) {
        scheduler.fail(
            new AssertionError("not so" + when + ": " + condition.getKey() + ": " + e, e));
      }
    }
  }

  // ---- The end

  /** Ends all processes, after the judgement. */
  void close() {
    alive.forEach(SimulatedProcess::die);
    test.die();
    TaskQueue own = queue;
    if (own != null) {
      stage.kill(own);
    }
    scheduler.unwind();
  }

  /** Returns the events with their actors. */
  List<LogLine> log() {
    return attribution.lines(server().events());
  }
}
