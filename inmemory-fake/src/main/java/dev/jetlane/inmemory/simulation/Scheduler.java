// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.simulation.Actor.State;
import dev.jetlane.inmemory.simulation.Decisions.Kind;
import dev.jetlane.inmemory.time.SimulatedTime;
import dev.jetlane.inmemory.time.Timed;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Passes the turn between actors. One actor runs at a time, until it begins a call of the queue,
 * marks a point, or waits. Then the {@link Decisions} choose the next actor, which gets the turn.
 * If all actors wait, the time moves to the next event.
 *
 * <p>No actor passes the turn while it holds the lock of the time. This class needs no lock,
 * because each turn sees the writes of the previous one. After too many turns in a row an actor
 * must pass the turn, so that a polling loop does not starve the others.
 *
 * <p>The history ends when all actors wait in pulls and no task is stored; when no further event
 * can happen; at the end of its time; or at a failure. Then the main thread gets the turn, checks
 * the conditions of the end, and ends the other actors: each of their waits and calls throws {@link
 * Unwound}.
 */
final class Scheduler implements SimulatedTime.Turns, Actor.Runner {

  /** The largest number of turns in a row of one actor while others are ready. */
  private static final int MOST_TURNS = 100;

  /** After this number of steps at one instant, an actor is assumed to poll until time passes. */
  private static final int MOST_STEPS_AT_ONCE = 500;

  private static final int MOST_STEPS = 200_000;
  private static final int MOST_UNWINDS = 1_000;

  /** The numbers of the actors that belong to no process. */
  private static final long FIRST = 0xFFFE;

  private static final long CLOCK = 0xFFFF;

  private enum Phase {
    RUNNING,
    /** The user's conditions are being checked, and calls do not pass the turn. */
    JUDGING,
    UNWINDING
  }

  final Decisions decisions;
  final SimulatedTime time;
  final Timers timers = new Timers();

  /** The actor of decisions that belong to no thread. */
  final Actor clock;

  private final Crew crew;
  private final Carrier main;
  private final int turnOneIn;
  private final long lastNanos;
  private final Cast cast = new Cast();
  private Phase phase = Phase.RUNNING;
  private @Nullable Throwable failure;
  private int steps;
  private int stepsAtOnce;
  private int polls;
  private boolean moving;

  /** Checks the conditions that must always hold, after each step. */
  Runnable afterStep = () -> {};

  /** Injects faults where an actor is. */
  Consumer<Actor> mishaps = actor -> {};

  /** Called when an actor gets the turn. */
  Consumer<Actor> onTurn = actor -> {};

  /** Whether no task is left for the waiting pulls. */
  BooleanSupplier nothingStored = () -> true;

  // Read by the thread of {@link Watch}.
  volatile long progress;
  volatile @Nullable Actor holder;

  Scheduler(Decisions decisions, Crew crew, Carrier main, int turnOneIn, long lastNanos) {
    this.decisions = decisions;
    this.crew = crew;
    this.main = main;
    this.turnOneIn = turnOneIn;
    this.lastNanos = lastNanos;
    time = new SimulatedTime(Instant.parse("2000-01-01T00:00:00Z"), this);
    clock = new Actor(this, "the clock", null, CLOCK, () -> {});
  }

  // ---- Calls of actors

  /** Creates an actor of a process; it gets its turn later. */
  void spawn(String name, SimulatedProcess process, Actor.Action action) {
    cast.add(new Actor(this, name, process, process.nextThread(), action));
  }

  /** Returns the actor of this thread. */
  Actor current() {
    Actor actor = Carrier.currentActor();
    if (actor == null || actor.runner != this) {
      throw stranger();
    }
    return actor;
  }

  /** Returns the actor that decides now: the current one, or the clock while it moves. */
  Actor decider() {
    return moving ? clock : current();
  }

  /** Marks a place where another actor may continue, and a fault may happen. */
  void step() {
    Actor me = current();
    if (phase == Phase.JUDGING) {
      return;
    }
    unwindIfOver(me);
    progress = ++steps;
    if (steps > MOST_STEPS) {
      fail(new AssertionError("the history does not end: " + me + " loops forever"));
    }
    judge(afterStep);
    leaveIfFailed(me);
    mishaps.accept(me);
    if (++stepsAtOnce > MOST_STEPS_AT_ONCE) {
      sleep(1_000_000L << Math.min(polls++, 22)); // Time passes faster the longer the actor polls.
    }
    maybeYield(me);
  }

  /** Runs a check of the server or the user's state, without passing the turn. */
  void judge(Runnable look) {
    Phase before = phase;
    phase = Phase.JUDGING;
    try {
      look.run();
    } finally {
      phase = before;
    }
  }

  /** Waits in virtual time, for the actor on this thread. The interrupt flag stays set. */
  void sleep(long nanos) {
    try {
      sleepInterruptibly(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void sleepInterruptibly(long nanos) throws InterruptedException {
    Object event = new Object();
    timers.at(time.nanos() + nanos, () -> wake(event));
    await(event, false);
  }

  /** Stops the actor of this thread: its process has crashed, or is stalled. */
  void standStill() {
    Actor me = current();
    unwindIfOver(me);
    if (!me.isReady()) {
      handOver(me);
    }
  }

  /** Stops the actors of a crashed process. */
  void retire(SimulatedProcess process) {
    cast.retire(process);
  }

  /** The first failure ends the history. Afterwards its threads only unwind. */
  void fail(Throwable why) {
    if (failure == null && phase != Phase.UNWINDING) {
      failure = why;
    }
  }

  @Nullable Throwable failure() {
    return failure;
  }

  // ---- Calls of the time

  @Override
  public void check() {
    Actor actor = Carrier.currentActor();
    if (actor == null || actor.runner != this) {
      throw stranger();
    }
  }

  private IllegalStateException stranger() {
    Thread thread = Thread.currentThread();
    IllegalStateException strange =
        new IllegalStateException(
            "thread \""
                + thread.getName()
                + "\" does not belong to the simulation, but uses its queue. Start it with"
                + " sim.actor(...) or sim.executor()");
    fail(strange);
    return strange;
  }

  @Override
  public void beforeCall() {
    step();
  }

  @Override
  public void await(Object event, boolean idle) throws InterruptedException {
    Actor me = current();
    unwindIfOver(me);
    if (phase == Phase.JUDGING) {
      throw new IllegalStateException("a condition of a simulation must not wait");
    }
    Carrier carrier = carrier(me);
    if (carrier.takeInterrupt()) {
      throw new InterruptedException();
    }
    me.state = State.WAITING;
    me.event = event;
    me.idle = idle;
    handOver(me);
    me.event = null;
    me.idle = false;
    if (me.interrupted) {
      me.interrupted = false;
      boolean unused = carrier.takeInterrupt();
      throw new InterruptedException();
    }
  }

  @Override
  public void wake(Object event) {
    cast.wake(event);
  }

  // ---- Choice of the next actor

  private void maybeYield(Actor me) {
    List<Actor> others = cast.readyAfter(me);
    if (others.isEmpty()) {
      return;
    }
    boolean enough = ++me.turns > MOST_TURNS;
    int turn = enough ? 1 : decisions.draw(me.keys, Kind.TURN, others.size() + 1, turnOneIn);
    if (turn > 0) {
      me.turns = 0;
      give(others.get(turn - 1));
      resumed(me);
    }
  }

  /** Passes the turn on, and waits until this actor has it again. */
  private void handOver(Actor me) {
    Actor next = pick(me);
    if (next == me) {
      return;
    }
    me.turns = 0;
    if (next != null) {
      give(next);
    } else if (me.carrier == main) {
      throw over();
    } else {
      end();
    }
    resumed(me);
  }

  private void resumed(Actor me) {
    Carrier carrier = carrier(me);
    carrier.awaitTurn();
    carrier.restoreInterrupt();
    unwindIfOver(me);
    leaveIfFailed(me);
  }

  /** Returns the next actor; null if the history is over. */
  private @Nullable Actor pick(Actor me) {
    boolean moved = false;
    while (failure == null) {
      cast.noticeInterrupts();
      List<Actor> able = cast.readyAfter(me);
      if (me.isReady()) {
        able.add(me);
      }
      if (!able.isEmpty()) {
        Actor next = able.get(decisions.draw(me.keys, Kind.TURN, able.size(), turnOneIn));
        if (moved) {
          onTurn.accept(next);
        }
        return next;
      }
      if (!move()) {
        return null;
      }
      moved = true;
    }
    return null;
  }

  /** Moves the time to the next event; false if no actor can continue after it. */
  private boolean move() {
    long next = time.nextEventNanos();
    if (next == Timed.NEVER || next > lastNanos || isSettled()) {
      if (next == Timed.NEVER) {
        nameWhoWaitsInVain();
      }
      return false;
    }
    stepsAtOnce = 0;
    progress = ++steps;
    moving = true;
    onTurn.accept(clock);
    try {
      time.moveTo(next);
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      moving = false;
    }
    return true;
  }

  private boolean isSettled() {
    return timers.isEmpty() && cast.allMatch(actor -> actor.idle) && nothingStored.getAsBoolean();
  }

  private void nameWhoWaitsInVain() {
    Actor actor = cast.firstThatWaitsForAnEvent();
    if (actor != null) {
      fail(
          Stacks.failure(
              actor + " waits for an event that cannot happen", carrier(actor).getStackTrace()));
    }
  }

  private void give(Actor next) {
    holder = next;
    onTurn.accept(next);
    Carrier carrier = next.carrier;
    if (carrier == null) {
      crew.start(next);
    } else {
      carrier.giveTurn();
    }
  }

  // ---- Start and end

  /** Runs the first actor on the main thread, and all others, to the end of the history. */
  void play(Actor.Action action) {
    Actor first = new Actor(this, "test", null, FIRST, action);
    cast.add(first);
    first.carrier = main;
    main.actor = first;
    holder = first;
    onTurn.accept(first);
    try {
      runAction(first);
      first.state = State.ENDED;
      Actor next = phase == Phase.RUNNING ? pick(first) : null;
      cast.remove(first);
      if (next != null) {
        give(next);
        main.awaitTurn();
      }
    } catch (Unwound over) {
      // The history failed, or ended while this actor waited.
    }
    boolean unused = main.takeInterrupt();
    first.state = State.ENDED;
    cast.remove(first);
    phase = Phase.JUDGING;
  }

  /** Ends the threads that still wait. */
  void unwind() {
    phase = Phase.UNWINDING;
    if (unwindNext()) {
      main.awaitTurn();
    }
    boolean unused = main.takeInterrupt();
    main.actor = null;
    holder = null;
  }

  /** Called when an actor has ended: ends the next one, or lets the main thread continue. */
  private void leaveUnwound() {
    if (!unwindNext()) {
      main.giveTurn();
    }
  }

  /** Lets the next actor that has a thread end; false if none is left. */
  private boolean unwindNext() {
    Actor next = cast.nextToEnd(main);
    holder = next;
    if (next != null) {
      next.state = State.ENDED;
      carrier(next).giveTurn();
    }
    return next != null;
  }

  @Override
  public @Nullable Actor runOn(Carrier carrier, Actor actor) {
    runAction(actor);
    if (phase == Phase.UNWINDING) {
      crew.release(carrier);
      leaveUnwound();
      return null;
    }
    actor.state = State.ENDED;
    Actor next = pick(actor);
    cast.remove(actor);
    if (next != null && next.carrier == null) {
      next.carrier = carrier;
      carrier.actor = next;
      holder = next;
      onTurn.accept(next);
      return next;
    }
    crew.release(carrier);
    if (next == null) {
      end();
    } else {
      give(next);
    }
    return null;
  }

  private void runAction(Actor actor) {
    try {
      actor.action.run();
    } catch (Unwound over) {
      // The history is over.
    } catch (Throwable e) {
      if (phase == Phase.RUNNING) {
        fail(e);
      }
    }
  }

  private void end() {
    phase = Phase.UNWINDING;
    main.giveTurn();
  }

  private Unwound over() {
    phase = Phase.UNWINDING;
    return new Unwound();
  }

  private void leaveIfFailed(Actor me) {
    if (failure != null) {
      if (me.carrier == main) {
        throw over();
      }
      end();
      carrier(me).awaitTurn();
      throw new Unwound();
    }
  }

  private void unwindIfOver(Actor me) {
    if (phase == Phase.UNWINDING) {
      if (++me.told > MOST_UNWINDS) {
        leaveUnwound(); // The actor repeatedly catches the error that should end it, so its thread
        // is abandoned.
        carrier(me).awaitTurn();
      }
      throw new Unwound();
    }
  }

  private static Carrier carrier(Actor actor) {
    Carrier carrier = actor.carrier;
    if (carrier == null) {
      throw new IllegalStateException(actor + " has no thread");
    }
    return carrier;
  }
}
