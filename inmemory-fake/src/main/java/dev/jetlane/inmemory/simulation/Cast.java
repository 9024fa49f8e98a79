// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import dev.jetlane.inmemory.simulation.Actor.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The actors of a history, in the order of their creation. */
final class Cast {

  private final List<Actor> actors = new ArrayList<>();

  /** The actors of crashed processes. They do not continue; they end when the history ends. */
  private final List<Actor> dead = new ArrayList<>();

  private final List<Actor> ready = new ArrayList<>();

  void add(Actor actor) {
    actors.add(actor);
  }

  void remove(Actor actor) {
    actors.remove(actor);
  }

  void retire(SimulatedProcess process) {
    for (Actor actor : List.copyOf(actors)) {
      if (actor.process == process) {
        actors.remove(actor);
        dead.add(actor);
      }
    }
  }

  /** Returns an actor of any process whose thread has not ended; null if there is none. */
  @Nullable Actor nextToEnd(Carrier main) {
    Actor next = nextToEnd(dead, main);
    return next == null ? nextToEnd(actors, main) : next;
  }

  private static @Nullable Actor nextToEnd(List<Actor> among, Carrier main) {
    for (Actor actor : among) {
      boolean hasThread = actor.carrier != null && actor.carrier != main;
      if (hasThread && actor.state != State.ENDED) {
        return actor;
      }
    }
    return null;
  }

  boolean allMatch(Predicate<Actor> condition) {
    return actors.stream().allMatch(condition);
  }

  /** Returns the other ready actors, from the next one on, in a list that the next call reuses. */
  List<Actor> readyAfter(Actor me) {
    ready.clear();
    int size = actors.size();
    int mine = actors.indexOf(me);
    for (int i = 1; i <= size; i++) {
      Actor actor = actors.get((mine + i) % size);
      if (actor != me && actor.isReady()) {
        ready.add(actor);
      }
    }
    return ready;
  }

  void wake(Object event) {
    for (int i = 0; i < actors.size(); i++) {
      Actor actor = actors.get(i);
      if (actor.state == State.WAITING && actor.event == event) {
        actor.state = State.READY;
      }
    }
  }

  /** Makes interrupted actors ready. */
  void noticeInterrupts() {
    for (int i = 0; i < actors.size(); i++) {
      Actor actor = actors.get(i);
      Carrier carrier = actor.carrier;
      if (actor.state == State.WAITING && carrier != null && carrier.hasInterrupt()) {
        actor.state = State.READY;
        actor.interrupted = true;
      }
    }
  }

  /** Returns an actor that waits, but not for a task; null if there is none. */
  @Nullable Actor firstThatWaitsForAnEvent() {
    for (Actor actor : actors) {
      boolean alive = actor.process == null || actor.process.goesOn();
      if (alive && actor.state == State.WAITING && !actor.idle) {
        return actor;
      }
    }
    return null;
  }
}
