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
 * One history of workers, producers and faults, which a seed decides about. {@link #run} tries
 * thousands of seeds, and shows the shortest history that it finds in which a condition does not
 * hold.
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
 * <p>One thread runs at a time. Others go on at each call of the queue, at each {@link #point} and
 * at each wait on the clock of the simulation, and nowhere else; the same seed makes the same
 * choices. Time is virtual, and passes when all threads wait. What a test does behind the back of
 * the simulation is not repeated: threads of its own (one that uses the queue, and a handler that
 * blocks, is an error that names it), {@code System.nanoTime}, random numbers, the order of a
 * {@code HashMap} of objects without {@code hashCode}.
 *
 * <p>The methods of an instance are for the threads of its history, and for its time.
 */
public final class Simulation {

  /** A test: begins a history by saying who takes part in it, and what must hold. */
  @FunctionalInterface
  public interface Scenario {

    /** Called once a history, on the first thread of it. Every object that it makes is new. */
    void begin(Simulation sim) throws Exception;
  }

  /** What a process does when it is started, and again after each crash. */
  @FunctionalInterface
  public interface Program {

    /**
     * Starts workers, or works itself. The process lives on when this returns. An exception ends
     * the process, which is started again; an {@link AssertionError} fails the history.
     *
     * @param queue the client of this life of the process
     */
    void run(TaskQueue queue) throws Exception;
  }

  /** What a thread does. */
  @FunctionalInterface
  public interface Action {

    /** Does it. An exception fails the history. */
    void run() throws Exception;
  }

  private final World world;
  private final Scheduler scheduler;

  Simulation(World world) {
    this.world = world;
    scheduler = world.scheduler;
  }

  /**
   * Tries so many seeds, for a minute at most.
   *
   * @param seeds how many, from 1
   * @param scenario the test
   * @throws AssertionError at the first history in which something does not hold, with that history
   *     made short, and the line that repeats it
   */
  public static void run(int seeds, Scenario scenario) {
    run(SimulationOptions.seeds(seeds), scenario);
  }

  /** As {@link #run(int, Scenario)}, with other options. */
  public static void run(SimulationOptions options, Scenario scenario) {
    present("options", options);
    present("scenario", scenario);
    Run.of(options, scenario).orThrow("simulation");
  }

  /** The client of the test, which no fault hits. */
  public TaskQueue queue() {
    return world.queue();
  }

  /** The server, for conditions: its tasks, its events. */
  public InMemoryServer server() {
    return world.server();
  }

  /** What may go wrong in this history: everything, unless this is changed before it begins. */
  public SimulationFaults faults() {
    return world.allowed;
  }

  /**
   * Starts a process: a client with workers and threads that a crash ends together. Then it is
   * started again. What has to survive a crash is kept outside of the program.
   *
   * @param name as it is shown; one process a name
   */
  public void process(String name, Program program) {
    world.process(present("name", name), present("program", program));
  }

  /**
   * Starts a thread. It belongs to the process that starts it, or to the test.
   *
   * @param name as it is shown
   */
  public void actor(String name, Action action) {
    present("action", action);
    Actor unused = process().spawn(present("name", name), action::run);
  }

  /** Runs each task on a thread of its own, of the process that asks for this. */
  public Executor executor() {
    SimulatedProcess process = process();
    return task -> {
      Actor unused = process.spawn(process.name + "/task", task::run);
    };
  }

  /**
   * Marks a place where other threads may go on, and where something may go wrong: after a side
   * effect, before an ack. Calls of the queue are such places by themselves.
   *
   * @param name what has just happened, as it is shown
   */
  public void point(String name) {
    Actor me = scheduler.current();
    if (me.process != null) {
      world.log("at " + present("name", name));
    }
    scheduler.step();
  }

  /**
   * Waits, in virtual time.
   *
   * @throws InterruptedException if this thread was interrupted
   */
  public void sleep(Duration time) throws InterruptedException {
    scheduler.step();
    scheduler.sleepInterruptibly(present("time", time).toNanos());
  }

  /** The wall clock of the machine of the process that asks: it may jump. */
  public Clock clock() {
    return process().wallClock;
  }

  /**
   * A number that the seed chooses, such as how many tasks there are: a shorter history has less.
   *
   * @return from 1 to {@code most}
   */
  public int upTo(int most) {
    if (most < 1) {
      throw new InvalidInputException("most", most, "must be at least 1");
    }
    return 1 + scheduler.decisions.draw(scheduler.current(), Kind.USER, most, 1);
  }

  /**
   * A choice of the seed, such as whether a customer cancels.
   *
   * @return false in the simplest history
   */
  public boolean maybe() {
    return scheduler.decisions.draw(scheduler.current(), Kind.USER, 2, 1) == 1;
  }

  /**
   * States what must hold after each step of the history.
   *
   * @param what as it is shown when it does not hold
   * @param condition must not wait and change nothing; may look at the server
   */
  public void always(String what, BooleanSupplier condition) {
    world.always(present("what", what), present("condition", condition));
  }

  /**
   * States what must hold when the history has come to its end: when no task is stored and all that
   * goes on is waiting for tasks, when nothing will ever happen, or after two days of its time.
   *
   * @param what as it is shown when it does not hold
   * @param condition must not wait and change nothing; may look at the server
   */
  public void atEnd(String what, BooleanSupplier condition) {
    world.atEnd(present("what", what), present("condition", condition));
  }

  /**
   * Fails the history unless something holds here. An assertion that a handler throws does not: it
   * fails the attempt alone.
   */
  public void check(String what, boolean holds) {
    if (!holds) {
      scheduler.fail(new AssertionError("not so: " + what));
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
