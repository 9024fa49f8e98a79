// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.Partition;
import dev.jetlane.PushReceipt;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * The queue itself. Creating the tasks, each with an id, is on the clock, because every user must
 * do it.
 */
final class JetlanePush implements PushLoop {

  /** The three calls. */
  enum Call {
    PUSH,
    PUSH_ASYNC,
    PUSH_ALL
  }

  private static final int BATCH = 1_000;
  private static final int TIMEOUT_SECONDS = 60;

  private final TaskQueue queue;
  private final Partition partition;
  private final byte[] payload;
  private final Call call;
  private final UnaryOperator<Task> form;
  private final String ids = UUID.randomUUID() + "-";
  private long nextId;

  JetlanePush(Target target, Place place, byte[] payload, Call call) {
    this(target, place, payload, call, UnaryOperator.identity());
  }

  /**
   * @param form converts each task into the pushed one, such as a delayed one
   */
  JetlanePush(Target target, Place place, byte[] payload, Call call, UnaryOperator<Task> form) {
    queue = target.connect();
    partition = queue.partition(place.partition());
    this.payload = payload;
    this.call = call;
    this.form = form;
  }

  @Override
  public void push(int tasks) throws Exception {
    switch (call) {
      case PUSH -> {
        for (int i = 0; i < tasks; i++) {
          require(partition.push(task()));
        }
      }
      case PUSH_ASYNC -> pushAsync(tasks);
      case PUSH_ALL -> {
        for (int left = tasks; left > 0; left -= BATCH) {
          List<Task> batch = new ArrayList<>(BATCH);
          for (int i = Math.min(left, BATCH); i > 0; i--) {
            batch.add(task());
          }
          partition.pushAll(batch).requireAllStored();
        }
      }
    }
  }

  /** The queue itself limits the unconfirmed pushes. */
  private void pushAsync(int tasks) throws Exception {
    Queue<CompletableFuture<PushReceipt>> unconfirmed = new ArrayDeque<>();
    for (int i = 0; i < tasks; i++) {
      unconfirmed.add(partition.pushAsync(task()));
      while (!unconfirmed.isEmpty() && unconfirmed.element().isDone()) {
        require(unconfirmed.remove().join());
      }
    }
    while (!unconfirmed.isEmpty()) {
      require(unconfirmed.remove().get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }
  }

  private Task task() {
    return form.apply(Task.of(ids + nextId++, payload));
  }

  private static void require(PushReceipt receipt) {
    if (receipt.duplicate()) {
      throw new IllegalStateException("task " + receipt.taskId() + " was reported as a duplicate");
    }
  }

  @Override
  public void close() {
    queue.close();
  }
}
