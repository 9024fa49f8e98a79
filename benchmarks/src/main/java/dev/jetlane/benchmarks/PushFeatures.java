// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.time.Duration;
import java.time.Instant;

/** Pushes of several kinds. The stream holds the tasks afterwards. */
abstract class PushFeatures implements FeatureLoop {

  final Backlog backlog;
  private final PushLoop push;

  private PushFeatures(Backlog backlog, PushLoop push) {
    this.backlog = backlog;
    this.push = push;
  }

  final void push(int tasks) throws Exception {
    push.push(tasks);
  }

  @Override
  public void check(int tasks) throws Exception {
    backlog.requireTasks(tasks);
    backlog.purge();
  }

  @Override
  public void close() throws Exception {
    push.close();
  }

  /** Pushes on the clock. */
  static final class Plain extends PushFeatures {

    Plain(Backlog backlog, PushLoop push) {
      super(backlog, push);
    }

    @Override
    public void prepare(int tasks) {
      // A push needs no preparation.
    }

    @Override
    public void run(int tasks) throws Exception {
      push(tasks);
    }
  }

  /** Pushes delayed tasks off the clock; all of them become due when the clock starts. */
  static final class Due extends PushFeatures {

    /** Far longer than the pushes take on an idle machine; doubled if that was too short. */
    private static final Duration FIRST_DELAY = Duration.ofMillis(500);

    private static final Duration DELAY_PER_TASK = Duration.ofNanos(100_000);

    private final DueTime due;

    Due(Target target, Backlog backlog, byte[] payload) {
      this(target, backlog, payload, new DueTime());
    }

    private Due(Target target, Backlog backlog, byte[] payload, DueTime due) {
      super(
          backlog,
          new JetlanePush(
              target,
              backlog.places().get(0),
              payload,
              JetlanePush.Call.PUSH_ASYNC,
              task -> task.withDelayUntil(due.instant)));
      this.due = due;
    }

    @Override
    public void prepare(int tasks) throws Exception {
      Duration delay = FIRST_DELAY.plus(DELAY_PER_TASK.multipliedBy(tasks));
      due.instant = Instant.now().plus(delay);
      push(tasks);
      while (!Instant.now().isBefore(due.instant)) {
        backlog.awaitReady(tasks);
        check(tasks);
        delay = delay.multipliedBy(2);
        due.instant = Instant.now().plus(delay);
        push(tasks);
      }
      Thread.sleep(Math.max(0, Duration.between(Instant.now(), due.instant).toMillis()) + 1);
    }

    @Override
    public void run(int tasks) throws Exception {
      backlog.awaitReady(tasks);
    }
  }

  private static final class DueTime {

    private Instant instant = Instant.EPOCH;
  }
}
