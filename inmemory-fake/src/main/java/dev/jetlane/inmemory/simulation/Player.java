// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The thread that plays histories, one after the other. It is the main thread of each. */
final class Player extends Carrier {

  /** Creates the objects of a history, on its first thread. */
  interface Beginning {
    void begin(World world) throws Exception;
  }

  private static final long LONGEST_NANOS = Duration.ofDays(2).toNanos();

  /**
   * Another thread continues at one in this number of steps. Each history has another number, as it
   * has for faults.
   */
  private static final int[] TURN_ONE_IN = {2, 3, 5, 10, 40};

  private static final int[] FAULT_ONE_IN = {3, 8, 20, 50, 150};

  private final Crew crew;
  private final Runnable work;
  private final SimulationOptions options;
  private final Beginning beginning;

  /** The current history; read by the thread of {@link Watch}. */
  volatile @Nullable Scheduler playing;

  volatile long seed;

  /** Whether the run was given up. */
  volatile boolean stopped;

  Player(Crew crew, SimulationOptions options, Beginning beginning, Consumer<Player> work) {
    super("jetlane-simulation-main");
    this.crew = crew;
    this.options = options;
    this.beginning = beginning;
    this.work = () -> work.accept(this);
  }

  @Override
  public void run() {
    work.run();
  }

  /** Plays one history, on this thread. */
  History play(Script script, boolean withLog) {
    if (stopped) {
      throw new IllegalStateException("the run was aborted");
    }
    seed = script.seed();
    Decisions decisions = script.start();
    int turnOneIn = TURN_ONE_IN[(int) decisions.setting(TURN_ONE_IN.length)];
    int faultOneIn = FAULT_ONE_IN[(int) decisions.setting(FAULT_ONE_IN.length)];
    Scheduler scheduler = new Scheduler(decisions, crew, this, turnOneIn, LONGEST_NANOS);
    World[] made = new World[1];
    playing = scheduler;
    scheduler.play(
        () -> {
          World world = new World(scheduler, options, script.left(), faultOneIn);
          scheduler.mishaps = new FaultPlay(world, faultOneIn)::at;
          made[0] = world;
          beginning.begin(world);
        });
    World world = made[0];
    if (world == null) {
      throw new IllegalStateException("the simulation did not begin", scheduler.failure());
    }
    world.lookAtEnd();
    List<LogLine> log = withLog ? world.log() : List.of();
    world.close();
    playing = null;
    return new History(
        script, scheduler.failure(), decisions.made(), decisions.asked(), world.processes(), log);
  }
}
