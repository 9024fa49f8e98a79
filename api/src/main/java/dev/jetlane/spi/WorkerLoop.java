package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.TaskHandler;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one worker there is, over any partition: one thread that pulls, and an executor that handles.
 *
 * <p>Everything that decides is done under one lock; nobody is called while it is held, but the
 * executor.
 */
public final class WorkerLoop implements Worker {

  /** The worker that is starting handlers on this thread. */
  private static final ThreadLocal<WorkerLoop> STARTING = new ThreadLocal<>();

  private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long END_MILLIS = 2_000;

  private final Partition partition;
  private final TaskHandler handler;
  private final WorkerOptions options;
  private final WorkerHost host;
  private final Puller puller;
  private final HandlerPool executor;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();

  // Written under the lock.
  private final Deque<Delivery> ahead = new ArrayDeque<>();
  private final Set<TaskRun> runs = new LinkedHashSet<>();
  private volatile State state = State.RUNNING;
  private volatile int running;
  private volatile int room;
  private volatile boolean hurry;
  private boolean pulling;
  private boolean ended;

  private volatile @Nullable Throwable problem;

  /** What the loop waits for, if not for a pull. */
  private volatile @Nullable Wait waiting;

  private record Wait(BooleanSupplier until, long untilNanos) {}

  private WorkerLoop(
      Partition partition, TaskHandler handler, WorkerOptions options, WorkerHost host) {
    this.partition = partition;
    this.handler = handler;
    this.options = options;
    this.host = host;
    room = options.concurrency() + options.prefetch();
    puller =
        partition.puller(
            PullOptions.defaults().withLeaseKeeping(options.keepEvery(), options.keepFor()));
    executor = HandlerPool.of(options, partition.name());
    thread = new Thread(this::run, "jetlane-worker-" + partition.name());
    thread.setDaemon(true);
  }

  /** Starts a worker on a partition. */
  public static Worker start(Partition partition, TaskHandler handler, WorkerOptions options) {
    Checks.present("handler", handler);
    Checks.present("worker options", options);
    WorkerHost host = WorkerHost.of(partition);
    WorkerLoop worker = new WorkerLoop(partition, handler, options, host);
    host.began(worker);
    worker.thread.start();
    return worker;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public int running() {
    return running;
  }

  @Override
  public Health health() {
    Throwable failed = problem;
    boolean live = state != State.CLOSED;
    if (!live && failed == null) {
      return new Health(false, false, List.of("the worker is closed"));
    }
    return failed == null ? Health.up() : new Health(live, false, List.of(failed.toString()));
  }

  /**
   * Whether its loop waits for something else than a pull, such as a free handler, and will go on
   * doing so: what it waits for is not there, nor is it time.
   */
  public boolean isWaiting() {
    Wait now = waiting;
    return now != null && !now.until.getAsBoolean() && host.nowNanos() < now.untilNanos;
  }

  /** The name of its partition, and its state. */
  @Override
  public String toString() {
    return "worker of partition " + partition.name() + ", " + state;
  }

  @Override
  public void pause() {
    change(State.RUNNING, State.PAUSED);
  }

  @Override
  public void resume() {
    change(State.PAUSED, State.RUNNING);
  }

  private void change(State from, State to) {
    List<Delivery> back;
    lock.lock();
    try {
      if (state != from) {
        return;
      }
      back = enter(to);
    } finally {
      lock.unlock();
    }
    back.forEach(new GivingBack());
    host.signal();
  }

  /** Ends a pull that waits, and returns what was pulled ahead. The caller holds the lock. */
  private List<Delivery> enter(State next) {
    state = next;
    if (pulling && next != State.RUNNING) {
      thread.interrupt();
    }
    List<Delivery> back = next == State.RUNNING ? List.of() : new ArrayList<>(ahead);
    if (next != State.RUNNING) {
      ahead.clear();
    }
    count();
    return back;
  }

  @Override
  public boolean drain(Duration deadline) throws InterruptedException {
    Checks.wait("deadline", deadline);
    List<Delivery> back = List.of();
    lock.lock();
    try {
      if (state != State.CLOSED) {
        back = enter(State.DRAINING);
      }
    } finally {
      lock.unlock();
    }
    back.forEach(new GivingBack());
    host.signal();
    boolean inTime;
    try {
      if (!deadline.isZero()) {
        long untilNanos = host.nowNanos() + deadline.toNanos();
        host.await(() -> running == 0 || hurry, untilNanos);
      }
    } finally {
      inTime = running == 0;
      end();
      awaitThreads();
    }
    return inTime;
  }

  @Override
  public void close() {
    hurry = true;
    try {
      drain(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives back what is still being worked on, and ends. */
  private void end() {
    List<TaskRun> late;
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      state = State.CLOSED;
      late = new ArrayList<>(runs);
    } finally {
      lock.unlock();
    }
    GivingBack how = new GivingBack();
    late.forEach(run -> run.abandon(how));
    puller.close();
    executor.close();
    host.ended(this);
    host.signal();
  }

  /** So that no thread is left behind, unless a handler does not heed its interrupt. */
  private void awaitThreads() {
    boolean interrupted = false;
    try {
      if (Thread.currentThread() != thread) {
        thread.join(END_MILLIS);
      }
      executor.await(END_MILLIS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The queue was closed: what runs may end, although it cannot be settled any more. */
  private void endWithQueue(Throwable why) {
    problem = why;
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      state = State.CLOSED;
      ahead.clear();
    } finally {
      lock.unlock();
    }
    puller.close();
    executor.close();
    host.ended(this);
    host.signal();
    report(null, why);
  }

  private void run() {
    long pauseNanos = FIRST_PAUSE_NANOS;
    while (state == State.RUNNING || state == State.PAUSED) {
      try {
        if (state == State.PAUSED || room <= 0) {
          await(() -> (state != State.PAUSED && room > 0) || isEnding(), WorkerHost.NEVER);
        } else {
          pullOnce();
          problem = null;
          pauseNanos = FIRST_PAUSE_NANOS;
        }
      } catch (InterruptedException e) {
        // A pause or an end, and the state says so; anything else is no reason to stop.
      } catch (QueueClosedException e) {
        if (!isEnding()) {
          endWithQueue(e);
        }
      } catch (Throwable e) {
        problem = e;
        report(null, e);
        pause(pauseNanos);
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE_NANOS);
      }
    }
  }

  private boolean isEnding() {
    State now = state;
    return now == State.DRAINING || now == State.CLOSED;
  }

  private void pause(long nanos) {
    try {
      await(this::isEnding, host.nowNanos() + nanos);
    } catch (InterruptedException e) {
      // As above.
    }
  }

  private void await(BooleanSupplier done, long untilNanos) throws InterruptedException {
    waiting = new Wait(done, untilNanos);
    try {
      host.await(done, untilNanos);
    } finally {
      waiting = null;
    }
  }

  private void pullOnce() throws InterruptedException {
    int max;
    lock.lock();
    try {
      max = Math.min(room, Limits.MAX_PULL);
      pulling = state == State.RUNNING && max > 0;
      if (!pulling) {
        return;
      }
    } finally {
      lock.unlock();
    }
    List<Delivery> pulled = List.of();
    try {
      // After a failure without a wait: this is how it is known that all is well again.
      pulled = puller.pull(max, problem == null ? host.pullWait() : Duration.ZERO);
    } finally {
      lock.lock();
      try {
        pulling = false;
      } finally {
        lock.unlock();
      }
      // An interrupt that came too late for the pull is of no use to a handler.
      boolean unused = Thread.interrupted();
    }
    accept(pulled);
  }

  private void accept(List<Delivery> pulled) {
    boolean taken;
    lock.lock();
    try {
      taken = state == State.RUNNING;
      if (taken) {
        ahead.addAll(pulled);
        count();
      }
    } finally {
      lock.unlock();
    }
    if (!taken) {
      pulled.forEach(new GivingBack());
      return;
    }
    startAll();
  }

  /**
   * Starts handlers while some are free. An executor may run them on the caller's thread: then each
   * one ends in here, and the next one is left to who is here already.
   */
  private void startAll() {
    if (STARTING.get() == this) {
      return;
    }
    STARTING.set(this);
    try {
      boolean more = true;
      while (more) {
        more = startNext();
      }
    } finally {
      STARTING.remove();
    }
  }

  /** Starts the handler of the next task; false if none is there, or no handler is free. */
  private boolean startNext() {
    TaskRun run;
    lock.lock();
    try {
      if (state != State.RUNNING || runs.size() >= options.concurrency() || ahead.isEmpty()) {
        return false;
      }
      run = new TaskRun(ahead.removeFirst(), handler, options, this::finished, this::report);
      runs.add(run);
      count();
    } finally {
      lock.unlock();
    }
    try {
      executor.execute(run);
      return true;
    } catch (RuntimeException | Error refused) {
      // The task is not to blame: everything goes back, and the loop goes on after a pause.
      run.abandon(new GivingBack());
      remove(run);
      giveBackAhead();
      throw refused;
    }
  }

  private void giveBackAhead() {
    List<Delivery> back;
    lock.lock();
    try {
      back = new ArrayList<>(ahead);
      ahead.clear();
      count();
    } finally {
      lock.unlock();
    }
    back.forEach(new GivingBack());
  }

  private void finished(TaskRun run) {
    remove(run);
    try {
      startAll();
    } catch (RuntimeException | Error refused) {
      problem = refused;
      report(null, refused);
    }
  }

  private void remove(TaskRun run) {
    lock.lock();
    try {
      runs.remove(run);
      count();
    } finally {
      lock.unlock();
    }
    host.signal();
  }

  /** The caller holds the lock. */
  private void count() {
    running = runs.size();
    room = options.concurrency() + options.prefetch() - runs.size() - ahead.size();
  }

  private void report(@Nullable Delivery delivery, Throwable failure) {
    try {
      options.onFailure().accept(delivery, failure);
    } catch (Throwable ofTheListener) {
      // Whoever cannot be told cannot be told that either.
    }
  }
}
