package dev.jetlane.inmemory;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Those who wait for the tasks of a partition, served in turn. Guarded by the lock of the server's
 * time.
 *
 * <p>A puller's standing request is withdrawn while a pull of the same puller waits, so that its
 * buffer does not snatch what the pull is waiting for.
 */
final class WaitingPulls {

  private final PartitionState state;
  private final ArrayDeque<PullRequest> waiting = new ArrayDeque<>();

  WaitingPulls(PartitionState state) {
    this.state = state;
  }

  /** Lets a request wait for its turn, after giving it what is there. */
  void add(PullRequest request, long now) {
    waiting.addLast(request);
    serve(now);
  }

  /** Withdraws a request; does nothing if it does not wait. */
  void withdraw(PullRequest request) {
    waiting.remove(request);
  }

  /** Ends all that wait. */
  void fail(String why) {
    for (PullRequest request : waiting) {
      request.failure = why;
      request.finish();
    }
    waiting.clear();
  }

  /** Hands out what there is, a task to each in turn, and ends the pulls that got something. */
  void serve(long now) {
    while (!waiting.isEmpty()) {
      PullRequest request = waiting.getFirst();
      StoredTask task = state.take(now, request.puller);
      if (task == null) {
        break;
      }
      waiting.removeFirst();
      request.puller.deliver(task, request);
      if (request.isFull()) {
        request.finish();
      } else {
        waiting.addLast(request);
      }
    }
    for (Iterator<PullRequest> all = waiting.iterator(); all.hasNext(); ) {
      PullRequest request = all.next();
      if (request.isServed()) {
        all.remove();
        request.finish();
      }
    }
  }

  /** Ends the pulls that waited long enough. */
  void endThoseDue(long instant) {
    for (Iterator<PullRequest> all = waiting.iterator(); all.hasNext(); ) {
      PullRequest request = all.next();
      if (request.deadlineNanos <= instant) {
        all.remove();
        request.finish();
      }
    }
  }

  /** When the next wait is over; {@link Time#NEVER} if nobody waits. */
  long firstNanos() {
    long first = Time.NEVER;
    for (PullRequest request : waiting) {
      first = Math.min(first, request.deadlineNanos);
    }
    return first;
  }

  /** How many pulls are blocked; a standing request is not. */
  long blocked() {
    return waiting.stream().filter(request -> !request.isStanding()).count();
  }
}
