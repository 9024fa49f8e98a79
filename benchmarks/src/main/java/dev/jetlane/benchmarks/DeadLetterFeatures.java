// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Page;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.Optional;

/** Operations on tasks that failed. */
abstract class DeadLetterFeatures extends PullFeature {

  private static final int PAGE = 1_000;

  final DeadLetterAdmin letters;
  private final TaskQueue queue;

  /**
   * @param failing makes dead letters of all tasks
   */
  private DeadLetterFeatures(Target target, Backlog backlog, PushLoop push, PullLoop failing) {
    super(backlog, push, failing, 0);
    queue = target.connect();
    letters = queue.admin().partition(backlog.places().get(0).partition()).deadLetters();
  }

  /** Makes this number of dead letters, and waits until the tasks are removed. */
  final void make(int tasks) throws Exception {
    super.prepare(tasks);
    super.run(tasks);
    super.check(tasks);
  }

  final void requirePurged(int expected) {
    long purged = letters.purge();
    if (purged != expected) {
      throw new IllegalStateException("there were " + purged + " dead letters, not " + expected);
    }
  }

  @Override
  public void close() throws Exception {
    queue.close();
    super.close();
  }

  /** By a worker. */
  static final class Made extends DeadLetterFeatures {

    Made(Target target, Backlog backlog, PushLoop push, PullLoop failing) {
      super(target, backlog, push, failing);
    }

    @Override
    public void check(int tasks) throws Exception {
      super.check(tasks);
      requirePurged(tasks);
    }
  }

  /** By an operator, page by page. */
  static final class Listed extends DeadLetterFeatures {

    private int listed;

    Listed(Target target, Backlog backlog, PushLoop push, PullLoop failing) {
      super(target, backlog, push, failing);
    }

    @Override
    public void prepare(int tasks) throws Exception {
      make(tasks);
    }

    @Override
    public void run(int tasks) {
      DeadLetterQuery query = DeadLetterQuery.defaults().withMax(PAGE);
      listed = 0;
      Page<DeadLetter> page = letters.page(query);
      listed += page.items().size();
      Optional<String> next = page.next();
      while (next.isPresent()) {
        page = letters.page(query.withStart(next.get()));
        listed += page.items().size();
        next = page.next();
      }
    }

    @Override
    public void check(int tasks) {
      if (listed != tasks) {
        throw new IllegalStateException(listed + " letters were listed, not " + tasks);
      }
      requirePurged(tasks);
    }
  }

  /** By an operator, all in one call. */
  static final class Redriven extends DeadLetterFeatures {

    private final Backlog stream;

    Redriven(Target target, Backlog backlog, PushLoop push, PullLoop failing) {
      super(target, backlog, push, failing);
      stream = backlog;
    }

    @Override
    public void prepare(int tasks) throws Exception {
      make(tasks);
    }

    @Override
    public void run(int tasks) throws Exception {
      int redriven = letters.redrive(DeadLetterQuery.defaults().withMax(tasks), Duration.ZERO);
      if (redriven != tasks) {
        throw new IllegalStateException(redriven + " letters were redriven, not " + tasks);
      }
    }

    @Override
    public void check(int tasks) throws Exception {
      requirePurged(0);
      stream.requireTasks(tasks);
      stream.purge();
    }
  }
}
