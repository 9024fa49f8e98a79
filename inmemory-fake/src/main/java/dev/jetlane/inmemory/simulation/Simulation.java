// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.InvalidInputException;
import dev.jetlane.TaskQueue;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.simulation.Decisions.Kind;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One history of workers, producers and faults, which a seed determines. {@link #run} tries
 * thousands of seeds, and shows the shortest history that it finds in which a condition fails.
 *
 * <pre>{@code
 * @SimulatedTest(seeds = 500)
 * void ordersAreChargedOnce(Simulation sim) {
 *   Map<String, Integer> bank = new HashMap<>(); // survives every crash
 *   Partition orders = sim.queue().partition("orders");
 *   for (int i = sim.upTo(3); i > 0; i--) {
 *     orders.push(Task.of("order-" + i, "30 EUR"));
 *   }
 *   ...
 *   sim.atEnd("all orders are charged", () -> bank.containsKey("order-1"));
 * }
 * }</pre>
 *
 * <p>One thread runs at a time. The turn passes only at calls of the queue, at each {@link #point}
 * and at waits on the clock of the simulation; the same seed makes the same choices. Time is
 * virtual, and passes when all threads wait. The simulation does not control, and so cannot repeat,
 * foreign threads, {@code System.nanoTime}, random numbers, and the order of a {@code HashMap} of
 * objects without {@code hashCode}. A foreign thread that uses the queue and a handler that blocks
 * are errors that name the thread.
 *
 * <p>Only the threads of a history, and only while it runs, may use its instance.
 */
public final class Simulation {

  /** A test: describes a history by its participants and its conditions. */
  @FunctionalInterface
  public interface Scenario {

    /**
     * Called once for each history, on its first thread. It creates the objects of the history.
     *
     * @param sim the simulation of this history
     * @throws Exception any exception; it fails the history
     */
    void begin(Simulation sim) throws Exception;
  }

  /** The work of a process, at its start and again after each crash. */
  @FunctionalInterface
  public interface Program {

    /**
     * Starts workers, or works itself. The process continues when this returns. An exception ends
     * the process, which is started again; an {@link AssertionError} fails the history.
     *
     * @param queue the client of the process, a new one after each crash
     * @throws Exception any exception; it ends the process
     */
    void run(TaskQueue queue) throws Exception;
  }

  /** The work of a thread. */
  @FunctionalInterface
  public interface Action {

    /**
     * Runs. An exception fails the history.
     *
     * @throws Exception any exception; it fails the history
     */
    void run() throws Exception;
  }

  private final World world;
  private final Scheduler scheduler;

  Simulation(World world) {
    this.world = world;
    scheduler = world.scheduler;
  }

  /**
   * Tries seeds, for a minute at most. The page of a failure has the name of the method that calls.
   *
   * @param seeds the number of seeds, from 1
   * @param scenario the test
   * @throws AssertionError at the first failed history; contains the shortened history, and the
   *     line that repeats it
   */
  public static void run(int seeds, Scenario scenario) {
    run(SimulationOptions.seeds(seeds), scenario);
  }

  /**
   * As {@link #run(int, Scenario)}, with other options.
   *
   * @param options the options
   * @param scenario the test
   * @throws AssertionError as {@link #run(int, Scenario)}
   */
  public static void run(SimulationOptions options, Scenario scenario) {
    present("options", options);
    present("scenario", scenario);
    String page = nameOfCaller();
    Run.of(options, scenario).orThrow(page);
  }

  private static String nameOfCaller() {
    return StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
        .walk(frames -> frames.filter(of -> of.getDeclaringClass() != Simulation.class).findFirst())
        .map(of -> of.getDeclaringClass().getSimpleName() + "." + methodOf(of.getMethodName()))
        .orElse("simulation");
  }

  /** Returns the method of the source, also for the body of a lambda. */
  private static String methodOf(String name) {
    return name.replaceFirst("^lambda\\$(.+)\\$\\d+$", "$1");
  }

  /**
   * Returns the client of the test, which has no faults of its own. A lost connection and a crash
   * of the server affect it as they affect the processes.
   *
   * @return the client; the simulation closes it
   */
  public TaskQueue queue() {
    return world.queue();
  }

  /**
   * Returns the server, whose tasks and events conditions can check.
   *
   * @return the server of this history
   */
  public InMemoryServer server() {
    return world.server();
  }

  /**
   * Returns the faults of this history: all kinds, unless the test changes them before it begins.
   *
   * @return the faults; the same object at each call
   */
  public SimulationFaults faults() {
    return world.allowed;
  }

  /**
   * Starts a process: a client with workers and threads that a crash ends together. After a crash
   * the process starts again. Objects that survive a crash are created outside of the program.
   *
   * @param name the name in reports; each process needs its own
   * @param program the work of the process
   */
  public void process(String name, Program program) {
    world.process(present("name", name), present("program", program)::run);
  }

  /**
   * Starts a thread. It belongs to the process that starts it, or to the test.
   *
   * @param name the name in reports
   * @param action the work of the thread
   */
  public void actor(String name, Action action) {
    present("action", action);
    scheduler.spawn(present("name", name), process(), action::run);
  }

  /**
   * Returns an executor that runs each task on a new thread of the calling process.
   *
   * @return the executor
   */
  public Executor executor() {
    SimulatedProcess process = process();
    return task -> scheduler.spawn(process.name + "/task", process, task::run);
  }

  /**
   * Marks a place where other threads may continue, and a fault may happen: after a side effect,
   * before an ack. Calls of the queue are such places too.
   *
   * @param name the name of the last step, in reports
   */
  public void point(String name) {
    String step = present("name", name);
    if (scheduler.current().process != null) {
      world.log("at " + step);
    }
    scheduler.step();
  }

  /**
   * Waits, in virtual time.
   *
   * @param time the duration, from zero
   * @throws InterruptedException if this thread was interrupted
   */
  public void sleep(Duration time) throws InterruptedException {
    scheduler.step();
    scheduler.sleepInterruptibly(present("time", time).toNanos());
  }

  /**
   * Returns the wall clock of the calling process, which may jump.
   *
   * @return the clock
   */
  public Clock clock() {
    return process().wallClock;
  }

  /**
   * Returns a number that the seed chooses, such as the number of tasks. A shorter history has a
   * lower one.
   *
   * @param most the largest number, from 1
   * @return from 1 to {@code most}
   * @throws InvalidInputException if {@code most} is below 1
   */
  public int upTo(int most) {
    if (most < 1) {
      throw new InvalidInputException("most", most, "must be at least 1");
    }
    return 1 + scheduler.decisions.draw(scheduler.current().keys, Kind.USER, most, 1);
  }

  /**
   * Returns a choice of the seed, such as whether a customer cancels.
   *
   * @return false in the simplest history
   */
  public boolean maybe() {
    return scheduler.decisions.draw(scheduler.current().keys, Kind.USER, 2, 1) == 1;
  }

  /**
   * States a condition that must hold after each step of the history.
   *
   * @param what a description of the condition, for the report
   * @param condition must neither wait nor change anything; may read the server
   */
  public void always(String what, BooleanSupplier condition) {
    world.always(present("what", what), present("condition", condition));
  }

  /**
   * States a condition that must hold at the end of the history: when no task is stored and all
   * threads wait for tasks, when no further event can happen, or after two virtual days.
   *
   * @param what a description of the condition, for the report
   * @param condition must neither wait nor change anything; may read the server
   */
  public void atEnd(String what, BooleanSupplier condition) {
    world.atEnd(present("what", what), present("condition", condition));
  }

  /**
   * Fails the history if a condition is false. In contrast, an assertion error of a handler fails
   * the attempt only.
   *
   * @param what a description of the condition, for the report
   * @param holds whether it holds
   */
  public void check(String what, boolean holds) {
    if (!holds) {
      scheduler.fail(new AssertionError("condition does not hold: " + what));
      scheduler.step();
    }
  }

  private SimulatedProcess process() {
    SimulatedProcess own = scheduler.current().process;
    return own == null ? world.test : own;
  }

  private static <T> T present(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }
}
