// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.inmemory.model;

import dev.jetlane.inmemory.time.Timed;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for the tasks of a partition, served in turn. Guarded by the lock of the
 * server's time.
 *
 * <p>A puller withdraws its standing request while one of its pulls waits, so that the buffer does
 * not take the tasks for the pull.
 */
public final class WaitingPulls {

  /** The tasks that a partition hands out. */
  interface Source {

    /** Returns the next task for a puller; null if there is none to hand out. */
    @Nullable StoredTask next(long now, Holder holder);

    /** Takes the task that is {@link #next} for a puller, under a lease. */
    Attempt take(StoredTask task, long now, Holder holder);
  }

  private final Source source;
  private final ArrayDeque<PullRequest> waiting = new ArrayDeque<>();

  WaitingPulls(Source source) {
    this.source = source;
  }

  /** Gives a request the available tasks; it waits for its turn if it needs more. */
  public void add(PullRequest request, long now) {
    waiting.addLast(request);
    serve(now);
  }

  /** Withdraws a request if it waits. */
  public void withdraw(PullRequest request) {
    waiting.remove(request);
  }

  /** Ends all requests. */
  public void fail(String why) {
    waiting.forEach(request -> request.fail(why));
    waiting.clear();
  }

  /** Hands out the available tasks, one to each pull in turn, and ends the pulls that got tasks. */
  void serve(long now) {
    if (waiting.isEmpty()) {
      return;
    }
    int refused = 0;
    while (refused < waiting.size()) {
      PullRequest request = waiting.getFirst();
      StoredTask task = source.next(now, request.holder);
      if (task == null) {
        break;
      }
      waiting.removeFirst();
      if (request.hasRoomFor(task)) {
        request.give(source.take(task, now, request.holder));
        refused = 0;
      } else {
        refused++;
      }
      if (request.isFull()) {
        request.end();
      } else {
        waiting.addLast(request);
      }
    }
    for (Iterator<PullRequest> all = waiting.iterator(); all.hasNext(); ) {
      PullRequest request = all.next();
      if (!request.isStanding() && request.size() > 0) {
        all.remove();
        request.end();
      }
    }
  }

  /** Ends the pulls whose wait is over. */
  void endThoseDue(long instant) {
    for (Iterator<PullRequest> all = waiting.iterator(); all.hasNext(); ) {
      PullRequest request = all.next();
      if (request.deadlineNanos() <= instant) {
        all.remove();
        request.end();
      }
    }
  }

  /** Returns the end of the next wait; {@link Timed#NEVER} if no pull waits. */
  long firstNanos() {
    if (waiting.isEmpty()) {
      return Timed.NEVER;
    }
    long first = Timed.NEVER;
    for (PullRequest request : waiting) {
      first = Math.min(first, request.deadlineNanos());
    }
    return first;
  }

  /** Returns the number of waiting requests, including standing ones. */
  public long waiting() {
    return waiting.size();
  }

  /** Returns the number of blocked pulls, without standing requests. */
  public long blocked() {
    return waiting.stream().filter(request -> !request.isStanding()).count();
  }
}
