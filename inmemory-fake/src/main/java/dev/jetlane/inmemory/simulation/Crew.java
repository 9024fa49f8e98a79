// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The threads of a run. Used only by the thread that has the turn. */
final class Crew {

  private final Deque<Carrier> free = new ArrayDeque<>();
  private final List<Carrier> all = new ArrayList<>();

  /** Starts an actor on a thread. */
  void start(Actor actor) {
    Carrier carrier = free.pollFirst();
    boolean made = carrier == null;
    if (carrier == null) {
      carrier = new Carrier("jetlane-simulation-" + (all.size() + 1));
      all.add(carrier);
    }
    actor.carrier = carrier;
    carrier.actor = actor;
    if (made) {
      carrier.start();
    } else {
      LockSupport.unpark(carrier);
    }
  }

  /** Releases the actor of a thread, so that the thread is free for another one. */
  void release(Carrier carrier) {
    carrier.actor = null;
    free.addFirst(carrier);
  }

  /** Ends the threads, except those that user code blocks. */
  void close() {
    all.forEach(Carrier::dismiss);
  }
}
