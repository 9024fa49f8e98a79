// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Worker.State;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Calls a handler of batches. For the worker each task has an asynchronous handler: its stage
 * completes when the batch of the task has been handled.
 *
 * <p>Tasks wait in one line. While fewer batches than the limit run, the first tasks of the line
 * start as a batch as soon as they fill one, the first has waited long enough, or the worker starts
 * no more tasks. Each batch runs on its own thread from the pool of handlers.
 */
final class Batches implements HandlerRun.Call {

  private static final long REFUSED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * The settings of a worker of batches.
   *
   * @param most the number of batches at the same time
   */
  record Terms(BatchHandler handler, int maxSize, Duration maxWait, int most) {}

  /** A task in the line or in a batch: the stage that ends with its batch. */
  private static final class Member extends CompletableFuture<Void> {

    final HandlerRun run;
    final long sinceNanos;

    // Guarded by this object's monitor.
    private @Nullable Interrupter begun;
    private boolean takenBack;

    Member(HandlerRun run, long sinceNanos) {
      this.run = run;
      this.sinceNanos = sinceNanos;
    }

    Delivery delivery() {
      return run.delivery();
    }

    /** Returns whether the worker has taken the task back. */
    synchronized boolean isTakenBack() {
      return takenBack;
    }

    /** Records that the batch begins; returns false if the task was taken back before. */
    synchronized boolean begins(Interrupter interrupter) {
      begun = interrupter;
      return !takenBack;
    }

    /**
     * Takes the task back. Before the batch begins, this ends the wait for it. Afterwards the task
     * keeps its place until the handler ends.
     */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      Interrupter batch;
      synchronized (this) {
        if (takenBack) {
          return false;
        }
        takenBack = true;
        batch = begun;
      }
      if (batch == null) {
        return super.cancel(mayInterruptIfRunning);
      }
      batch.taken();
      return false;
    }
  }

  private final Terms terms;
  private final DriverClock clock;
  private final Steps steps;
  private final Agenda agenda;
  private final HandlerPool pool;
  private final WorkerReports reports;
  private final Supplier<State> state;
  private final Runnable begun;
  private final Consumer<Throwable> shutDown;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicBoolean told = new AtomicBoolean();

  /** The number of batches on threads of the executor. */
  private final AtomicInteger handled = new AtomicInteger();

  private volatile @Nullable Throwable refusal;

  // Guarded by the lock.
  private final Deque<Member> line = new ArrayDeque<>();
  private final List<List<Member>> refusedBatches = new ArrayList<>();
  private int running;
  private boolean alarmed;

  /**
   * @param state returns the state of the worker
   * @param begun called when a batch has begun
   * @param shutDown called when the executor was shut down
   */
  Batches(
      Terms terms,
      DriverClock clock,
      Steps steps,
      Agenda agenda,
      HandlerPool pool,
      WorkerReports reports,
      Supplier<State> state,
      Runnable begun,
      Consumer<Throwable> shutDown) {
    this.terms = terms;
    this.clock = clock;
    this.steps = steps;
    this.agenda = agenda;
    this.pool = pool;
    this.reports = reports;
    this.state = state;
    this.begun = begun;
    this.shutDown = shutDown;
  }

  @Override
  public CompletionStage<?> start(HandlerRun run) {
    Member member = new Member(run, clock.nanoTime());
    // A worker whose tasks all wait is idle after this step, so the look for a pause is part of it.
    steps.run(
        () -> {
          begin(due(() -> add(member)));
          giveBackInPause();
        });
    return member;
  }

  private void add(Member member) {
    line.add(member);
    member.run.waits();
  }

  @Override
  public boolean gathersTasks() {
    return true;
  }

  @Override
  public @Nullable Throwable refusal() {
    return refusal;
  }

  @Override
  public void startDue() {
    begin(due(() -> {}));
  }

  @Override
  public List<HandlerRun> withdraw() {
    lock.lock();
    try {
      running -= refusedBatches.size();
      List<HandlerRun> left =
          Stream.concat(refusedBatches.stream().flatMap(List::stream), line.stream())
              .map(member -> member.run)
              .toList();
      refusedBatches.clear();
      refusal = null;
      line.clear();
      return left;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back tasks that began to wait after a pause had withdrawn the others. */
  private void giveBackInPause() {
    if (state.get() == State.PAUSED) {
      List<Delivery> back = new ArrayList<>();
      withdraw().forEach(run -> run.takeBack(back));
      var unused = GivingBack.of(back);
    }
  }

  @Override
  public boolean isFull() {
    lock.lock();
    try {
      return running == terms.most;
    } finally {
      lock.unlock();
    }
  }

  private void ring() {
    List<List<Member>> due = due(() -> alarmed = false);
    if (!due.isEmpty()) {
      elsewhere(() -> begin(due));
    }
  }

  /**
   * Changes the line, and takes the batches that are due from it in the same step: each task that
   * stays in the line has a later event that starts it.
   */
  private List<List<Member>> due(Runnable change) {
    long now = clock.nanoTime();
    List<List<Member>> due = new ArrayList<>();
    long againNanos;
    lock.lock();
    try {
      change.run();
      againNanos = take(due, now);
    } finally {
      lock.unlock();
    }
    if (againNanos > 0) {
      agenda.after(againNanos, this::ring);
    }
    return due;
  }

  /** Returns the time until the next batch may become due; zero if another event comes before. */
  private long take(List<List<Member>> due, long now) {
    while (!line.isEmpty() && running < terms.most) {
      if (line.element().isTakenBack()) {
        line.remove();
        continue;
      }
      long leftNanos = terms.maxWait.toNanos() - (now - line.element().sinceNanos);
      if (line.size() < terms.maxSize && leftNanos > 0 && state.get() == State.RUNNING) {
        long againNanos = alarmed ? 0 : leftNanos;
        alarmed = true;
        return againNanos;
      }
      List<Member> batch = new ArrayList<>();
      while (batch.size() < terms.maxSize && !line.isEmpty()) {
        Member member = line.remove();
        member.run.startsNow(now);
        batch.add(member);
      }
      running++;
      due.add(batch);
    }
    return 0;
  }

  private void begin(List<List<Member>> due) {
    for (List<Member> batch : due) {
      try {
        pool.execute(() -> run(batch));
      } catch (RuntimeException | Error refused) {
        steps.run(() -> refused(batch, refused));
      }
    }
  }

  /** Starts batches, for calls on a thread of the queue, which must not run user code. */
  private void elsewhere(Runnable start) {
    if (pool.isForeign()) {
      clock.execute(start);
    } else {
      start.run();
    }
  }

  /** Handles a refusal of the executor. The tasks wait, because a waiting worker may be idle. */
  private void refused(List<Member> batch, Throwable why) {
    if (pool.isShutDown()) {
      shutDown.accept(why);
      return;
    }
    boolean none = handled.get() == 0;
    boolean outage = none && refusal == null;
    refusal = none ? why : null;
    if (!told.getAndSet(true) || outage) {
      reports.tell(
          Kind.EXECUTOR_REFUSED,
          null,
          why,
          "the tasks of the batch keep their leases, and the worker asks the executor again");
    }
    batch.forEach(member -> member.run.waits());
    lock.lock();
    try {
      refusedBatches.add(batch);
    } finally {
      lock.unlock();
    }
    agenda.after(REFUSED_NANOS, () -> retry(batch));
    giveBackInPause();
  }

  private void retry(List<Member> batch) {
    long now = clock.nanoTime();
    batch.forEach(member -> member.run.startsNow(now));
    elsewhere(() -> again(batch));
  }

  private void again(List<Member> batch) {
    if (leavesRefused(batch)) { // Otherwise a pause has given back its tasks.
      begin(List.of(batch));
    }
  }

  private boolean leavesRefused(List<Member> batch) {
    lock.lock();
    try {
      return refusedBatches.remove(batch);
    } finally {
      lock.unlock();
    }
  }

  private void run(List<Member> members) {
    refusal = null;
    handled.incrementAndGet();
    Interrupter interrupter = new Interrupter(members.size());
    List<Member> batch = members.stream().filter(member -> member.begins(interrupter)).toList();
    IdentityHashMap<Delivery, Throwable> failures = new IdentityHashMap<>();
    Throwable failure = null;
    try {
      if (!batch.isEmpty()) {
        interrupter.without(members.size() - batch.size());
        batch.forEach(member -> member.run.startsNow(clock.nanoTime()));
        begun.run();
        List<Delivery> tasks = batch.stream().map(Member::delivery).toList();
        failures = checked(batch, terms.handler.handle(tasks));
      }
    } catch (Throwable e) {
      failure = e;
    } finally {
      interrupter.leave();
    }
    handled.decrementAndGet();
    List<List<Member>> due = due(() -> running--);
    for (Member member : batch) {
      Throwable own = failure == null ? failures.get(member.delivery()) : failure;
      boolean unused = own == null ? member.complete(null) : member.completeExceptionally(own);
    }
    begin(due);
  }

  /**
   * Returns the failures by the identity of their tasks. Refuses a result that names other tasks,
   * or a task without its failure: none of the batch may be acked by mistake.
   */
  private static IdentityHashMap<Delivery, Throwable> checked(
      List<Member> batch, @Nullable Map<Delivery, ? extends Throwable> failures) {
    if (failures == null) {
      throw new IllegalStateException("the handler of a batch returned null instead of a map");
    }
    IdentityHashMap<Delivery, Throwable> known = new IdentityHashMap<>();
    failures.forEach(
        (failed, why) -> {
          if (batch.stream().noneMatch(member -> member.delivery() == failed)) {
            throw new IllegalStateException(
                "the handler of a batch reported another task, which is not in the batch: "
                    + failed);
          }
          if (why == null) {
            throw new IllegalStateException(
                "the handler of a batch reported null as the failure of " + failed);
          }
          known.put(failed, why);
        });
    return known;
  }

  /** Interrupts the handler of a batch when the worker has taken back all its tasks. */
  private static final class Interrupter {

    private final Thread thread = Thread.currentThread();
    private int left;
    private boolean over;

    Interrupter(int left) {
      this.left = left;
    }

    void taken() {
      without(1);
    }

    /** Records that {@code count} tasks are not, or no longer, in the batch. */
    synchronized void without(int count) {
      left -= count;
      if (left == 0 && !over) {
        thread.interrupt();
      }
    }

    /** Clears an interrupt of this batch, which must not outlast it. */
    synchronized void leave() {
      over = true;
      boolean unused = Thread.interrupted();
    }
  }
}
