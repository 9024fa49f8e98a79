// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.InvalidInputException;
import dev.jetlane.TaskHandler;
import dev.jetlane.Worker;
import dev.jetlane.WorkerFailure.Kind;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.Activity;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The worker of every implementation, over any partition. The {@link Workload} has its tasks and
 * state; the {@link Fetcher} pulls, {@link HandlerThreads} hand the tasks to the handlers, the
 * {@link Settler} settles them, and the {@link Patrol} watches handlers that take long. This class
 * is the life of a worker: from {@link #start} to its end, which is a close, the close of its
 * queue, or the shutdown of its executor.
 */
public final class TaskWorker implements Worker, Activity {

  /** How long an end waits for interrupted threads. */
  private static final long END_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long BRIEFLY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final String WITH_QUEUE = "the worker ends with its queue";
  private static final Duration LONGEST = Duration.ofDays(365);

  private final WorkerContext context;
  private final DriverClock clock;
  private final WorkerOptions options;
  private final HandlerRun.Call call;
  private final Agenda agenda;
  private final Workload work;
  private final Steps steps = new Steps(this::stepsEnded);
  private final WorkerReports reports;
  private final HandlerPool pool;
  private final Settler settler;
  private final HandlerThreads threads;
  private final Fetcher fetcher;
  private final Patrol patrol;
  private volatile boolean hurry;
  private volatile @Nullable Throwable endedBy;

  private TaskWorker(
      WorkerContext context,
      TaskSource source,
      WorkerOptions options,
      int threadsOfSlowTasks,
      Function<TaskWorker, HandlerRun.Call> call) {
    this.context = context;
    this.options = options;
    clock = context.clock();
    reports = new WorkerReports(context.partition(), options.failureListener(), clock);
    OptionalInt fixed = options.fetchAhead();
    pool = HandlerPool.of(options, context.partition(), clock.handlers());
    work =
        new Workload(
            options.concurrency(),
            threadsOfSlowTasks,
            pool.threadsOfQuickTasks(),
            new FetchAhead(
                options.concurrency(), fixed.orElse(-1), FetchAhead.most(context.priorities())));
    agenda = new Agenda(clock);
    settler =
        new Settler(
            clock,
            agenda,
            work,
            reports,
            options.retryPolicy(),
            context.maxDeliveries(),
            clock::signal);
    threads =
        new HandlerThreads(
            clock, work, steps, pool, agenda, reports, this::handle, this::fetch, this::stopped);
    if (pool.isOwn()) {
      source.completeOn(threads::bring);
    }
    fetcher =
        new Fetcher(
            context,
            source,
            work,
            steps,
            agenda,
            reports,
            fixed.isEmpty(),
            threads::openElsewhere,
            closed -> stop(closed, WITH_QUEUE));
    patrol = new Patrol(clock, work, reports, options, this::outOfTime);
    this.call = call.apply(this);
  }

  /**
   * Starts a worker.
   *
   * @param source the source of tasks, which the worker closes
   */
  public static TaskWorker start(
      WorkerContext context, TaskSource source, TaskHandler handler, WorkerOptions options) {
    HandlerRun.Call call = HandlerRun.Call.of(handler);
    return start(new TaskWorker(context, source, options, options.concurrency(), worker -> call));
  }

  /** As {@link #start}, with asynchronous handlers. */
  public static TaskWorker startAsync(
      WorkerContext context, TaskSource source, AsyncTaskHandler handler, WorkerOptions options) {
    HandlerRun.Call call = HandlerRun.Call.of(handler);
    return start(new TaskWorker(context, source, options, options.concurrency(), worker -> call));
  }

  /**
   * As {@link #start}, with a handler of batches.
   *
   * @param options the concurrency is the number of batches at the same time
   */
  public static TaskWorker startBatches(
      WorkerContext context,
      TaskSource source,
      BatchHandler handler,
      int maxSize,
      Duration maxWait,
      WorkerOptions options) {
    int most = options.concurrency();
    Batches.Terms terms = new Batches.Terms(handler, maxSize, maxWait, most);
    return start(
        new TaskWorker(
            context,
            source,
            options.withConcurrency(most * maxSize),
            1, // It only adds tasks to batches.
            worker -> worker.batches(terms)));
  }

  private Batches batches(Batches.Terms terms) {
    return new Batches(
        terms, clock, steps, agenda, pool, reports, this::state, patrol::plan, this::stopped);
  }

  private static TaskWorker start(TaskWorker worker) {
    worker.clock.began(worker);
    worker.fetcher.fetch();
    return worker;
  }

  @Override
  public String partition() {
    return context.partition();
  }

  @Override
  public int concurrency() {
    return options.concurrency();
  }

  @Override
  public State state() {
    return work.state();
  }

  @Override
  public int running() {
    return work.running();
  }

  @Override
  public int ahead() {
    return work.ahead();
  }

  @Override
  public Health health() {
    List<String> problems = new ArrayList<>();
    boolean live = state() != State.CLOSED;
    Throwable ended = endedBy;
    if (!live) {
      problems.add(ended == null ? "the worker is closed" : "the worker has ended: " + ended);
      return new Health(false, false, problems);
    }
    boolean ready = true;
    Throwable failed = fetcher.failure();
    if (failed != null) {
      ready = false;
      problems.add(failed.toString());
    }
    Throwable refused = threads.refusal() == null ? call.refusal() : threads.refusal();
    if (refused != null) {
      ready = false;
      problems.add("the executor refuses to run handlers: " + refused);
    }
    int hung = patrol.hung();
    if (hung > 0) {
      boolean all =
          call.gathersTasks()
              ? call.isFull() && hung == running() - waiting()
              : hung >= options.concurrency();
      ready &= !all;
      problems.add(
          (call.gathersTasks()
                  ? hung + " tasks are in batches that hang"
                  : hung + " of " + options.concurrency() + " handlers hang")
              + ", for up to "
              + WorkerReports.seconds(patrol.longest()));
    }
    problems.addAll(patrol.losses());
    return problems.isEmpty() ? Health.up() : new Health(true, ready, problems);
  }

  @Override
  public boolean isAtRest() {
    boolean startsNothing = work.ahead() == 0 || work.isRefused();
    return startsNothing && settler.open() == waiting() && !steps.areOpen();
  }

  @Override
  public int waiting() {
    return call.gathersTasks()
        ? (int) work.runs().stream().filter(HandlerRun::isWaiting).count()
        : 0;
  }

  /** Returns the name of the partition, and the state. */
  @Override
  public String toString() {
    return "worker of partition " + context.partition() + ", " + state();
  }

  private void fetch() {
    fetcher.fetch();
  }

  private void handle(HandlerRun run) {
    fetcher.fetch();
    patrol.watch(run);
    settler.begin();
    if (HeldDelivery.of(run.delivery()).hasExpired()) { // The task has waited for its handler.
      leave(run, run.take() ? settler::expire : null);
      return;
    }
    if (options.interruptOnLeaseLost()) {
      var unused = run.delivery().whenLeaseLost().thenRun(run::stop);
    }
    run.run(call, context.listeners(), this::ended);
  }

  private void ended(HandlerRun run, boolean mine, @Nullable Throwable failure) {
    leave(run, mine ? delivery -> settler.settle(delivery, failure) : null);
  }

  /**
   * Removes a task from its place, which is free as soon as the settlement is sent.
   *
   * @param settlement null if the worker does not settle the task
   */
  private void leave(HandlerRun run, @Nullable Consumer<Delivery> settlement) {
    steps.begin();
    if (settlement == null) {
      settler.end();
    } else {
      settlement.accept(run.delivery());
    }
    work.ended(run, clock.nanoTime());
    threads.open();
    fetcher.fetch();
    steps.end();
  }

  /** Reports that this may be idle: none of its tasks is at a handler. */
  private void stepsEnded() {
    if (running() == waiting()) {
      changed();
    }
  }

  /**
   * Fails the attempt of a handler that exceeded its time limit; the handler keeps its place until
   * it ends.
   */
  private void outOfTime(HandlerRun run) {
    if (run.take()) {
      settler.begin();
      run.stop();
      String text = "the handler exceeded its time limit, " + options.timeLimit().get();
      settler.settle(run.delivery(), new TimeoutException(text));
    }
  }

  private void changed() {
    clock.signal();
  }

  @Override
  public void pause() {
    List<Delivery> back = work.change(State.RUNNING, State.PAUSED);
    if (back != null) {
      // A continuing pull would lease the next task, and cost it an attempt.
      CompletableFuture<Void> cancelled = fetcher.cancel();
      call.startDue();
      call.withdraw().forEach(run -> run.takeBack(back));
      awaitBriefly(CompletableFuture.allOf(cancelled, GivingBack.of(back)));
      changed();
    }
  }

  @Override
  public void resume() {
    if (work.change(State.PAUSED, State.RUNNING) != null) {
      fetcher.fetch();
      changed();
    }
  }

  @Override
  public boolean drain(Duration deadline) throws InterruptedException {
    check(deadline);
    List<Delivery> back = work.drain();
    call.startDue();
    var unused = fetcher.cancel();
    CompletableFuture<Void> givenBack = GivingBack.of(back);
    changed();
    boolean inTime = false;
    try {
      if (!deadline.isZero()) {
        awaitDone(deadline);
      }
    } finally {
      inTime = isDone();
      awaitBriefly(CompletableFuture.allOf(givenBack, end(null)));
      awaitThreads();
    }
    return inTime;
  }

  private static void check(@Nullable Duration deadline) {
    if (deadline == null || deadline.isNegative() || deadline.compareTo(LONGEST) > 0) {
      throw new InvalidInputException("deadline", deadline, "must be from PT0S to " + LONGEST);
    }
  }

  private void awaitDone(Duration deadline) throws InterruptedException {
    clock.await(
        () -> isDone() || hurry || work.state() == State.CLOSED,
        clock.nanoTime() + deadline.toNanos());
  }

  private boolean isDone() {
    return work.running() == 0 && settler.isIdle();
  }

  @Override
  public void close() {
    Duration deadline = closeDeadline();
    CompletableFuture<Void> alarm = new CompletableFuture<>();
    if (clock.handlers() == null) { // A close also ends on a clock that a test moves.
      alarm = alarm.completeOnTimeout(null, deadline.toNanos(), TimeUnit.NANOSECONDS);
    }
    var unused2 = alarm.thenRun(this::hurry);
    try {
      boolean unused3 = drain(deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      boolean unused4 = alarm.cancel(false);
    }
  }

  /**
   * Counts the time for which acks have failed already, once there is nothing else to wait for: the
   * closes of many workers without a server take this time together, not each.
   */
  private Duration closeDeadline() {
    Duration deadline = options.closeDeadline();
    Duration left = work.running() > 0 ? deadline : deadline.minusNanos(settler.repeatingNanos());
    return left.isNegative() ? Duration.ZERO : left;
  }

  private void hurry() {
    hurry = true;
    changed();
  }

  /**
   * Ends the worker, and starts to give back all unsettled tasks. It does not wait for a lost
   * connection: the leases expire instead.
   */
  private CompletableFuture<Void> end(@Nullable Throwable why) {
    return end(why, fetcher::close);
  }

  private CompletableFuture<Void> end(@Nullable Throwable why, Runnable endOfPull) {
    List<Delivery> back = work.close();
    if (back == null) {
      return CompletableFuture.completedFuture(null);
    }
    endedBy = why;
    work.runs().forEach(run -> run.takeBack(back));
    CompletableFuture<Void> givenBack = GivingBack.of(back);
    agenda.close();
    patrol.close();
    var unused = givenBack.whenComplete((all, error) -> changed());
    endOfPull.run();
    pool.close();
    clock.ended(this);
    context.onEnd().accept(this);
    changed();
    return givenBack;
  }

  /** Waits briefly for confirmations, which come soon or never. */
  private void awaitBriefly(CompletableFuture<Void> confirmed) {
    try {
      if (fetcher.failure() == null) {
        clock.await(confirmed, clock.nanoTime() + BRIEFLY_NANOS);
      }
      // A task that was not given back is delivered again when its lease expires.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until all threads have ended, except those of handlers that ignore interrupts. */
  private void awaitThreads() {
    try {
      pool.await(END_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends the worker while its queue is being closed, and gives back its tasks. The caller waits for
   * the end of its pull by {@link #awaitEnd}, so that the pulls of all workers end at the same
   * time.
   *
   * @return whether the caller logs the end: the worker was running, and has no failure listener of
   *     its own
   */
  public boolean endWithQueue(Throwable why) {
    boolean ending = work.isEnding();
    var unused = end(why, fetcher::beginClose);
    if (ending || reports.areLogged()) {
      return !ending;
    }
    reports.tell(Kind.STOPPED, null, why, WITH_QUEUE);
    return false;
  }

  /** Waits until the pull of an ended worker has ended and its tasks are being given back. */
  public void awaitEnd() {
    fetcher.close();
    awaitBriefly(fetcher.cancel());
  }

  @Override
  public void abandon() {
    var unused = work.close();
    work.runs().forEach(HandlerRun::take);
    agenda.close();
    patrol.close();
    clock.ended(this);
    context.onEnd().accept(this);
  }

  private void stopped(Throwable refusal) {
    stop(refusal, "the executor is shut down; the worker has given back its tasks");
  }

  private void stop(Throwable why, String next) {
    boolean ending = work.isEnding();
    var unused = end(why);
    if (!ending) {
      reports.tell(Kind.STOPPED, null, why, next);
    }
  }
}
