package dev.jetlane.inmemory;

import java.util.ArrayDeque;

/**
 * Those who wait for the tasks of a partition, served in turn. Guarded by the lock of the server's
 * time.
 *
 * <p>A puller's standing request steps back while a pull of the same puller waits, so that its
 * buffer does not snatch what the pull is waiting for.
 */
final class WaitingPulls {

  private final PartitionState state;
  private final ArrayDeque<PullRequest> waiting = new ArrayDeque<>();

  WaitingPulls(PartitionState state) {
    this.state = state;
  }

  /** Lets a request wait for its turn, after filling it with what is there. */
  void add(PullRequest request, long now) {
    waiting.addLast(request);
    serve(now);
  }

  /** Withdraws a request; does nothing if it does not wait. */
  void withdraw(PullRequest request) {
    waiting.remove(request);
  }

  /** Ends a request that was not served. */
  void cancel(PullRequest request, long now) {
    waiting.remove(request);
    end(request, now);
  }

  /** Ends all that wait. */
  void fail(String why, long now) {
    for (PullRequest request : waiting) {
      request.failure = why;
      request.finish();
      request.puller.used(now);
    }
    waiting.clear();
  }

  /** Hands out what there is: all of it to a pull, one task at a time to buffers. */
  void serve(long now) {
    while (!waiting.isEmpty()) {
      PullRequest request = waiting.getFirst();
      StoredTask task = state.take(now, request.puller);
      if (task == null) {
        return;
      }
      waiting.removeFirst();
      request.puller.deliver(task, request);
      if (request.isStanding()) {
        if (!request.isFull()) {
          waiting.addLast(request);
        }
      } else {
        while (!request.isFull() && (task = state.take(now, request.puller)) != null) {
          request.puller.deliver(task, request);
        }
        end(request, now);
      }
    }
  }

  /** Ends the pulls that waited long enough. */
  void endThoseDue(long instant) {
    if (firstNanos() > instant) {
      return;
    }
    // Over a copy: ending a pull puts its puller's standing request into the queue.
    for (PullRequest request : waiting.toArray(new PullRequest[0])) {
      if (request.deadlineNanos <= instant) {
        waiting.remove(request);
        end(request, instant);
      }
    }
  }

  /** When the next wait is over; {@link Time#NEVER} if nobody waits. */
  long firstNanos() {
    long first = Time.NEVER;
    if (!waiting.isEmpty()) {
      for (PullRequest request : waiting) {
        first = Math.min(first, request.deadlineNanos);
      }
    }
    return first;
  }

  /** How many pulls are blocked; a standing request is not. */
  long blocked() {
    return waiting.stream().filter(request -> !request.isStanding()).count();
  }

  private void end(PullRequest request, long now) {
    request.finish();
    request.puller.used(now);
    PullRequest standing = request.standing;
    if (standing != null && !standing.isFull() && !waiting.contains(standing)) {
      waiting.addLast(standing);
    }
  }
}
