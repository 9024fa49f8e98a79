// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.PullOptions;
import dev.jetlane.Worker.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tasks and the state of a worker: all decisions that its threads share, each made in one step
 * under one lock. While it holds the lock it calls no user code, and no code that waits.
 *
 * <p>A task is requested, ahead (leased, not started), or in a place (at a handler). It leaves its
 * place when its handler returns, before it is settled.
 *
 * <p>A <i>handler thread</i> takes tasks one after the other until none is left. One thread is
 * started for each task that waits while a place is free, except for quick tasks: few threads
 * handle them as fast as many, without a thread switch for each.
 */
final class Workload {

  /**
   * With this many bytes of payloads ahead no more tasks are leased. The last pull may add as many
   * bytes again, because this is also the limit of a pull.
   */
  static final long MOST_BYTES_AHEAD = PullOptions.defaults().maxBytes();

  private final int places;
  private final int threadsOfSlowTasks;
  private final int threadsOfQuickTasks;
  private final FetchAhead fetchAhead;
  private final ReentrantLock lock = new ReentrantLock();

  // These fields are written under the lock.
  private final Deque<Delivery> ahead = new ArrayDeque<>();
  private final Set<HandlerRun> runs = new LinkedHashSet<>();
  private volatile State state = State.RUNNING;
  private volatile int running;
  private volatile int waiting;
  private volatile boolean fetching;
  private volatile boolean limited;

  /** The payloads of the tasks ahead. */
  private long bytesAhead;

  private int threads;
  private int starting;
  private boolean startRefused;
  private long lastEndNanos;
  private long taken;
  private long takenBefore;

  Workload(int places, int threadsOfQuickTasks, FetchAhead fetchAhead) {
    this(places, places, threadsOfQuickTasks, fetchAhead);
  }

  /**
   * @param places the number of tasks that are handled at the same time
   * @param threadsOfSlowTasks the largest number of threads
   * @param threadsOfQuickTasks the number of threads beyond which quick tasks do not become faster
   */
  Workload(int places, int threadsOfSlowTasks, int threadsOfQuickTasks, FetchAhead fetchAhead) {
    this.places = places;
    this.threadsOfSlowTasks = threadsOfSlowTasks;
    this.threadsOfQuickTasks = threadsOfQuickTasks;
    this.fetchAhead = fetchAhead;
  }

  State state() {
    return state;
  }

  /** Returns the number of tasks at handlers. */
  int running() {
    return running;
  }

  /** Returns the number of tasks ahead. */
  int ahead() {
    return waiting;
  }

  boolean isEnding() {
    State now = state;
    return now == State.DRAINING || now == State.CLOSED;
  }

  /** Returns the runs that have not ended. */
  List<HandlerRun> runs() {
    lock.lock();
    try {
      return new ArrayList<>(runs);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Changes from one state to another.
   *
   * @return the tasks ahead, which the caller gives back; null if the worker was not in the first
   *     state
   */
  @Nullable List<Delivery> change(State from, State to) {
    lock.lock();
    try {
      return state == from ? enter(to) : null;
    } finally {
      lock.unlock();
    }
  }

  /** Begins the end, unless it has begun; returns the tasks that the caller gives back. */
  List<Delivery> drain() {
    lock.lock();
    try {
      return state == State.CLOSED ? List.of() : enter(State.DRAINING);
    } finally {
      lock.unlock();
    }
  }

  /** Ends; returns the tasks that the caller gives back, or null if it had ended before. */
  @Nullable List<Delivery> close() {
    lock.lock();
    try {
      return state == State.CLOSED ? null : enter(State.CLOSED);
    } finally {
      lock.unlock();
    }
  }

  private List<Delivery> enter(State next) {
    state = next;
    if (next == State.RUNNING) {
      return List.of();
    }
    List<Delivery> back = new ArrayList<>(ahead);
    ahead.clear();
    bytesAhead = 0;
    waiting = 0;
    return back;
  }

  /** Returns whether {@link #beginFetch} may find room. */
  boolean mayFetch() {
    return !fetching && state == State.RUNNING;
  }

  /**
   * Returns the number of tasks to request now; zero for none.
   *
   * @param begun runs if there are any, before the state can change
   */
  int beginFetch(Runnable begun) {
    if (!mayFetch()) {
      return 0;
    }
    lock.lock();
    try {
      int target = fetchAhead.target();
      boolean enough = ahead.size() > target / 2 || bytesAhead >= MOST_BYTES_AHEAD;
      if (fetching || state != State.RUNNING || enough) {
        return 0;
      }
      // An executor that refused has no thread for more tasks.
      int usable = startRefused ? Math.min(places, Math.max(1, threads)) : places;
      int room = usable + target - runs.size() - ahead.size();
      fetching = room > 0;
      if (fetching) {
        begun.run();
      }
      return Math.max(0, room);
    } finally {
      lock.unlock();
    }
  }

  /** Takes the fetched tasks; false if the caller must give them back. */
  boolean endFetch(List<Delivery> fetched) {
    lock.lock();
    try {
      fetching = false;
      if (state != State.RUNNING) {
        return false;
      }
      ahead.addAll(fetched);
      for (Delivery delivery : fetched) {
        bytesAhead += delivery.payload().length;
      }
      waiting = ahead.size();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns whether the caller must start a handler thread now; {@link #take} or {@link #refused}
   * follows.
   */
  boolean startThread() {
    lock.lock();
    try {
      return another();
    } finally {
      lock.unlock();
    }
  }

  private boolean another() {
    // After a refusal the existing threads do the work, until the executor is asked again.
    boolean refused = startRefused && threads > 0;
    return !refused && threads < mostThreads() && start();
  }

  private int mostThreads() {
    limited = fetchAhead.areTasksQuick();
    return limited ? Math.min(threadsOfSlowTasks, threadsOfQuickTasks) : threadsOfSlowTasks;
  }

  private boolean start() {
    boolean open =
        state == State.RUNNING
            && starting < ahead.size()
            && starting + runs.size() < places
            && threads < places;
    if (open) {
      starting++;
      threads++;
    }
    return open;
  }

  /** Returns whether waiting tasks could use more threads if they were not quick. */
  boolean mayStall() {
    return limited && waiting > 0;
  }

  /**
   * Returns whether the caller must start a handler thread because tasks wait and none was taken
   * since the last call: they are no longer quick.
   */
  boolean startThreadIfStalled() {
    lock.lock();
    try {
      boolean stalled = taken == takenBefore;
      takenBefore = taken;
      return stalled && !startRefused && start();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Records that the executor refused to start a handler thread; returns whether there is no other
   * thread.
   */
  boolean refused() {
    lock.lock();
    try {
      starting--;
      startRefused = true;
      threads--;
      return threads == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether tasks wait until the executor, which refused them, is asked again. */
  boolean isRefused() {
    lock.lock();
    try {
      return startRefused && threads == 0;
    } finally {
      lock.unlock();
    }
  }

  /** Cancels the start of a handler thread. */
  void cancelStart() {
    lock.lock();
    try {
      starting--;
      threads--;
    } finally {
      lock.unlock();
    }
  }

  /** Allows another request to the executor. */
  void forgetRefusal() {
    lock.lock();
    try {
      startRefused = false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the next task of a handler thread; null if there is none, which closes the thread.
   *
   * @param first whether the thread has just started
   */
  @Nullable HandlerRun take(boolean first, Function<Delivery, HandlerRun> begin) {
    lock.lock();
    try {
      if (first) {
        starting--;
      }
      // When tasks become quick, most threads end.
      if (!hasNext() || (!first && threads > mostThreads())) {
        threads--;
        return null;
      }
      HandlerRun run = begin.apply(removed(ahead.removeFirst()));
      if (runs.isEmpty()) {
        lastEndNanos = run.startedNanos();
      }
      runs.add(run);
      taken++;
      running = runs.size();
      waiting = ahead.size();
      run.opensAnother = another();
      return run;
    } finally {
      lock.unlock();
    }
  }

  private Delivery removed(Delivery delivery) {
    bytesAhead -= delivery.payload().length;
    return delivery;
  }

  private boolean hasNext() {
    return state == State.RUNNING && runs.size() < places && !ahead.isEmpty();
  }

  /** Frees the place of a handler that has returned or thrown. */
  void ended(HandlerRun run, long nowNanos) {
    lock.lock();
    try {
      if (runs.remove(run)) {
        running = runs.size();
        fetchAhead.handled(nowNanos - run.startedNanos());
        lastEndNanos = nowNanos;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Records the duration of a confirmation; one of several is enough. */
  void confirmed(long nanos) {
    lock.lock();
    try {
      fetchAhead.confirmed(nanos);
    } finally {
      lock.unlock();
    }
  }

  /** Removes the surplus tasks ahead, the last ones. */
  List<Delivery> takeSurplus(long nowNanos) {
    lock.lock();
    try {
      long silentNanos = runs.isEmpty() ? 0 : nowNanos - lastEndNanos;
      int surplus = fetchAhead.surplus(ahead.size(), silentNanos);
      Deque<Delivery> last = new ArrayDeque<>();
      for (int i = 0; i < surplus; i++) {
        last.addFirst(removed(ahead.removeLast()));
      }
      waiting = ahead.size();
      return new ArrayList<>(last);
    } finally {
      lock.unlock();
    }
  }
}
