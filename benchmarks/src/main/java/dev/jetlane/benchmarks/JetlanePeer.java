// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.WorkerOptions;
import java.util.List;

/** The queue itself. */
final class JetlanePeer implements PeerClient {

  private final Backlog backlog;
  private final PushLoop push;
  private final PullLoop worker;

  JetlanePeer(Target target, Backlog backlog, byte[] payload) {
    this.backlog = backlog;
    Place place = backlog.places().get(0);
    push = new JetlanePush(target, place, payload, JetlanePush.Call.PUSH_ASYNC);
    worker =
        new WorkerPull(target, List.of(place), WorkerOptions.concurrency(HANDLERS), delivery -> {});
  }

  @Override
  public void push(int tasks) throws Exception {
    push.push(tasks);
  }

  @Override
  public void handle(int tasks) throws Exception {
    long unused = worker.drain(new Work(tasks, 1, 1));
  }

  @Override
  public long left() throws Exception {
    return backlog.count();
  }

  @Override
  public void purge() throws Exception {
    backlog.purge();
  }

  @Override
  public void close() throws Exception {
    push.close();
    worker.close();
  }
}
