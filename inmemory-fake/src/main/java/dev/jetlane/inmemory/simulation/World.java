// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.simulation.SimulatedProcess.Numbers;
import dev.jetlane.inmemory.stage.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** A running history: its server, processes and conditions. */
final class World {

  /** The work of a process, at its start and again after each crash. */
  interface Program {
    void run(TaskQueue queue) throws Exception;
  }

  /** A condition of the test. Several may have the same description. */
  private record Condition(String what, BooleanSupplier holds) {}

  private static final int MOST_FAILED_STARTS = 20;

  final Scheduler scheduler;
  final Stage stage;
  final SimulationFaults allowed = new SimulationFaults();
  final SimulationOptions options;
  private final Set<String> left;
  private final Map<String, Program> programs = new LinkedHashMap<>();
  private final Map<String, Numbers> numbers = new HashMap<>();
  private final Map<String, Integer> failedStarts = new HashMap<>();
  private final List<SimulatedProcess> alive = new ArrayList<>();
  private final List<Condition> always = new ArrayList<>();
  private final List<Condition> atEnd = new ArrayList<>();
  private final Attribution attribution;

  /** The process of the test itself, which has no faults. */
  final SimulatedProcess test;

  World(Scheduler scheduler, SimulationOptions options, Set<String> left, int faultOneIn) {
    this.scheduler = scheduler;
    this.options = options;
    this.left = left;
    stage = Stage.open(scheduler.time, new CallFaults(scheduler, allowed, faultOneIn));
    attribution = new Attribution(stage);
    attribution.turnOf(scheduler.current());
    scheduler.time.register(scheduler.timers);
    test = new SimulatedProcess("test", new Numbers(Numbers.TEST), scheduler.time);
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

  /** Returns the client of the test, connected at the first request. */
  TaskQueue queue() {
    TaskQueue known = test.queue;
    return known == null ? connect(test) : known;
  }

  void log(String what) {
    stage.log(what);
  }

  // ---- Processes

  void process(String name, Program program) {
    if (name.isEmpty() || name.contains(",")) { // The text of a script lists the names.
      throw new InvalidInputException("process", name, "must not be empty, nor contain a comma");
    }
    if (programs.putIfAbsent(name, program) != null || name.equals(test.name)) {
      throw new IllegalStateException("two processes have the name " + name);
    }
    numbers.put(name, new Numbers(programs.size()));
    if (!left.contains(name)) {
      start(name);
    }
  }

  private void start(String name) {
    Numbers own = numbers.get(name);
    Program program = programs.get(name);
    if (own == null || program == null) {
      throw new IllegalStateException("no process " + name);
    }
    SimulatedProcess process = new SimulatedProcess(name, own, scheduler.time);
    alive.add(process);
    scheduler.spawn(name, process, () -> run(process, program));
  }

  private TaskQueue connect(SimulatedProcess process) {
    ClientThreads threads = new ClientThreads(process, scheduler, stage);
    TaskQueue client = stage.connect(options.config(), options.listeners(), threads);
    process.queue = client;
    return client;
  }

  private void run(SimulatedProcess process, Program program) {
    TaskQueue client = connect(process);
    try {
      program.run(client);
    } catch (Unwound over) {
      throw over;
    } catch (AssertionError e) {
      scheduler.fail(e);
    } catch (Throwable e) {
      if (process.dead) {
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
    end(process);
    alive.remove(process);
    scheduler.timers.at(
        scheduler.time.nanos() + downNanos,
        () -> {
          log(process.name + " is started again");
          start(process.name);
        });
  }

  /** Ends a process, and all its pending work. */
  private void end(SimulatedProcess process) {
    process.dead = true;
    scheduler.retire(process);
    TaskQueue client = process.queue;
    if (client != null) {
      stage.kill(client);
    }
  }

  /** Returns the names of all processes, including those that were left out. */
  List<String> processes() {
    return List.copyOf(programs.keySet());
  }

  // ---- Conditions

  void always(String what, BooleanSupplier condition) {
    always.add(new Condition(what, condition));
  }

  void atEnd(String what, BooleanSupplier condition) {
    atEnd.add(new Condition(what, condition));
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
      look(atEnd, " at the end");
    }
  }

  private void look(List<Condition> conditions, String when) {
    for (Condition condition : conditions) {
      try {
        if (!condition.holds.getAsBoolean()) {
          scheduler.fail(
              new AssertionError("condition does not hold" + when + ": " + condition.what));
        }
      } catch (Unwound over) {
        throw over;
      } catch (RuntimeException | Error e) {
        scheduler.fail(
            new AssertionError(
                "condition does not hold" + when + ": " + condition.what + ": " + e, e));
      }
    }
  }

  // ---- The end

  /** Ends all processes, after the judgement. */
  void close() {
    alive.forEach(this::end);
    end(test);
    scheduler.unwind();
  }

  /** Returns the events with their actors. */
  List<LogLine> log() {
    return attribution.lines(server().events());
  }
}
