// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

/** A way to empty a partition that the queue itself has filled. */
class PullFeature implements FeatureLoop {

  private final Backlog backlog;
  private final PushLoop push;
  private final PullLoop pull;
  private final int others;

  /**
   * @param others the number of tasks that others hold
   */
  PullFeature(Backlog backlog, PushLoop push, PullLoop pull, int others) {
    this.backlog = backlog;
    this.push = push;
    this.pull = pull;
    this.others = others;
  }

  @Override
  public void prepare(int tasks) throws Exception {
    push.push(tasks);
    pull.beforeDrain();
  }

  @Override
  public void run(int tasks) throws Exception {
    long unused = pull.drain(new Work(tasks, 1, 1));
  }

  @Override
  public void check(int tasks) throws Exception {
    pull.afterDrain();
    backlog.requireTasks(others);
  }

  @Override
  public void close() throws Exception {
    pull.close();
    push.close();
  }
}
