package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Worker.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that a worker holds and what it is doing with them: everything that its threads decide
 * together, each decision in one step under one lock. Calls no code of a user while it holds the
 * lock, and nothing that waits.
 *
 * <p>A task is on its way here (asked for), ahead (leased, not started), or in a place (at a
 * handler). It leaves its place when its handler returns, before it is settled.
 *
 * <p>A <i>lane</i> is a thread that takes tasks one after the other until none is left. One is
 * started for each task that waits while a place is free, but for quick tasks: few threads do them
 * as fast as many, without a switch of threads for each.
 */
final class Workload {

  private final int places;
  private final int lanesOfQuickTasks;
  private final FetchAhead fetchAhead;
  private final ReentrantLock lock = new ReentrantLock();

  // Written under the lock.
  private final Deque<Delivery> ahead = new ArrayDeque<>();
  private final Set<HandlerRun> runs = new LinkedHashSet<>();
  private volatile State state = State.RUNNING;
  private volatile int running;
  private volatile int waiting;
  private volatile boolean fetching;
  private volatile boolean limited;
  private final AtomicInteger steps = new AtomicInteger();
  private int lanes;
  private int starting;
  private boolean laneRefused;
  private long lastEndNanos;
  private long taken;
  private long takenBefore;

  /**
   * @param places how many tasks are handled at a time
   * @param lanesOfQuickTasks so many lanes do quick tasks as fast as any number
   */
  Workload(int places, int lanesOfQuickTasks, FetchAhead fetchAhead) {
    this.places = places;
    this.lanesOfQuickTasks = lanesOfQuickTasks;
    this.fetchAhead = fetchAhead;
  }

  State state() {
    return state;
  }

  /** How many tasks are at handlers. */
  int running() {
    return running;
  }

  /** How many tasks are ahead. */
  int ahead() {
    return waiting;
  }

  /**
   * Begins a step between two states of rest, such as from the end of a handler to the next pull: a
   * worker that is about to pull is not at rest.
   */
  void beginStep() {
    steps.incrementAndGet();
  }

  /** Ends a step; returns whether nothing is under way any more. */
  boolean endStep() {
    return steps.decrementAndGet() == 0 && running() == 0;
  }

  boolean isBetweenSteps() {
    return steps.get() == 0;
  }

  boolean isEnding() {
    State now = state;
    return now == State.DRAINING || now == State.CLOSED;
  }

  /** The runs that have not ended. */
  List<HandlerRun> runs() {
    lock.lock();
    try {
      return new ArrayList<>(runs);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Goes from one state to another.
   *
   * @return what is ahead and is to be given back; null if it was not in that state
   */
  @Nullable List<Delivery> change(State from, State to) {
    lock.lock();
    try {
      return state == from ? enter(to) : null;
    } finally {
      lock.unlock();
    }
  }

  /** Begins to end, unless it has ended; returns what is to be given back. */
  List<Delivery> drain() {
    lock.lock();
    try {
      return state == State.CLOSED ? List.of() : enter(State.DRAINING);
    } finally {
      lock.unlock();
    }
  }

  /** Ends; returns what is to be given back, or null if it had ended. */
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
    waiting = 0;
    return back;
  }

  /** Whether {@link #beginFetch} may have something to fetch. */
  boolean mayFetch() {
    return !fetching && state == State.RUNNING;
  }

  /**
   * How many tasks to ask for now; zero for none.
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
      if (fetching || state != State.RUNNING || ahead.size() > target / 2) {
        return 0;
      }
      // An executor that refused has no thread for more.
      int usable = laneRefused ? Math.min(places, Math.max(1, lanes)) : places;
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

  /** Takes what was fetched; false if it is to be given back. */
  boolean endFetch(List<Delivery> fetched) {
    lock.lock();
    try {
      fetching = false;
      if (state != State.RUNNING) {
        return false;
      }
      ahead.addAll(fetched);
      waiting = ahead.size();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether a lane is to start now, which {@link #take} or {@link #refused} follows. */
  boolean openLane() {
    lock.lock();
    try {
      return another();
    } finally {
      lock.unlock();
    }
  }

  private boolean another() {
    // Where the executor refused, the lanes that there are do it, until it is asked again.
    boolean refused = laneRefused && lanes > 0;
    return !refused && lanes < mostLanes() && start();
  }

  private int mostLanes() {
    limited = fetchAhead.areTasksQuick();
    return limited ? Math.min(places, lanesOfQuickTasks) : places;
  }

  private boolean start() {
    boolean open =
        state == State.RUNNING
            && starting < ahead.size()
            && starting + runs.size() < places
            && lanes < places;
    if (open) {
      starting++;
      lanes++;
    }
    return open;
  }

  /** Whether tasks wait that more lanes could take, if they were not quick. */
  boolean mayStall() {
    return limited && waiting > 0;
  }

  /**
   * Whether a lane is to start because tasks wait and none was taken since this was asked before:
   * they are not as quick as they were.
   */
  boolean openLaneIfStalled() {
    lock.lock();
    try {
      boolean stalled = taken == takenBefore;
      takenBefore = taken;
      return stalled && !laneRefused && start();
    } finally {
      lock.unlock();
    }
  }

  /** The executor refused to start a lane; returns whether there is no other one. */
  boolean refused() {
    lock.lock();
    try {
      starting--;
      laneRefused = true;
      lanes--;
      return lanes == 0;
    } finally {
      lock.unlock();
    }
  }

  /** A lane that was to start is not needed. */
  void closeLane() {
    lock.lock();
    try {
      starting--;
      lanes--;
    } finally {
      lock.unlock();
    }
  }

  /** The executor may be asked again. */
  void forgetRefusal() {
    lock.lock();
    try {
      laneRefused = false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next task of a lane; null if there is none, and the lane is closed then.
   *
   * @param first whether the lane has just started
   */
  @Nullable HandlerRun take(boolean first, Function<Delivery, HandlerRun> begin) {
    lock.lock();
    try {
      if (first) {
        starting--;
      }
      // When tasks become quick, most lanes end.
      if (!hasNext() || (!first && lanes > mostLanes())) {
        lanes--;
        return null;
      }
      HandlerRun run = begin.apply(ahead.removeFirst());
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

  private boolean hasNext() {
    return state == State.RUNNING && runs.size() < places && !ahead.isEmpty();
  }

  /** A handler has returned or thrown: its place is free. */
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

  /** An ack took so long to be confirmed; one of several is enough. */
  void confirmed(long nanos) {
    lock.lock();
    try {
      fetchAhead.confirmed(nanos);
    } finally {
      lock.unlock();
    }
  }

  /** Removes the tasks ahead that the handlers have become too slow for, the last ones. */
  List<Delivery> takeSurplus(long nowNanos) {
    lock.lock();
    try {
      long silentNanos = runs.isEmpty() ? 0 : nowNanos - lastEndNanos;
      int surplus = fetchAhead.surplus(ahead.size(), silentNanos);
      Deque<Delivery> last = new ArrayDeque<>();
      for (int i = 0; i < surplus; i++) {
        last.addFirst(ahead.removeLast());
      }
      waiting = ahead.size();
      return new ArrayList<>(last);
    } finally {
      lock.unlock();
    }
  }
}
