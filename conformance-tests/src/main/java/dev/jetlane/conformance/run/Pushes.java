// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.run;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Partition;
import dev.jetlane.PushOutcome;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import dev.jetlane.conformance.oracle.History;
import dev.jetlane.conformance.oracle.History.Outcome;
import dev.jetlane.conformance.oracle.History.Pushed;
import dev.jetlane.conformance.oracle.History.Pushing;
import dev.jetlane.conformance.oracle.History.Stored;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The pushes of a plan: creates tasks with unique payloads, and records the outcomes. */
public final class Pushes {

  private static final long ANSWER_SECONDS = 30;

  private final int priorities;
  private final List<String> ids = new ArrayList<>();
  private final List<Pushing> delayed = new ArrayList<>();
  private final List<Integer> delayedTo = new ArrayList<>();
  private int number;
  private Task last = Task.of("none", "");

  Pushes(int priorities) {
    this.priorities = priorities;
  }

  /** Returns the number of the next push, which decides the client. */
  int turn() {
    return number;
  }

  Outcome one(Partition partition, boolean async) {
    Task task = next(newId());
    last = task;
    return push(partition, task, async);
  }

  /** Pushes a task with a deadline. */
  Outcome expiring(Partition partition, Duration timeToLive) {
    return push(partition, next(newId()).withTimeToLive(timeToLive), false);
  }

  /**
   * Pushes the last new task again after an unknown outcome. A duplicate of it counts as that task.
   */
  Outcome repeat(Partition partition) {
    Stored stored = push(partition, last, false);
    Pushing again = stored.tasks().get(0);
    boolean duplicate = again.result() == Pushed.DUPLICATE;
    return duplicate
        ? new Stored(List.of(pushing(last, Pushed.STORED, again.detail())), stored.reportedIds())
        : stored;
  }

  private static Stored push(Partition partition, Task task, boolean async) {
    Pushing pushing;
    try {
      pushing =
          answered(
              task,
              async
                  ? partition.pushAsync(task).orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join()
                  : partition.push(task));
    } catch (CompletionException e) {
      pushing = failed(task, e.getCause() == null ? e : e.getCause());
    } catch (RuntimeException e) {
      pushing = failed(task, e);
    }
    return new Stored(List.of(pushing), List.of(pushing.id()));
  }

  Outcome again(Partition partition, int k) {
    if (ids.isEmpty()) {
      return new History.Done();
    }
    Task task = next(ids.get(Math.floorMod(k, ids.size())));
    Pushing pushing;
    try {
      pushing = answered(task, partition.push(task));
    } catch (RuntimeException e) {
      pushing = failed(task, e);
    }
    return new Stored(List.of(pushing), List.of(pushing.id()));
  }

  Outcome all(Partition partition, int count, boolean repeat) {
    List<Task> tasks = batch(count, repeat);
    PushReport report = partition.pushAll(tasks);
    List<Pushing> pushings = new ArrayList<>();
    for (int i = 0; i < tasks.size(); i++) {
      PushOutcome outcome = i < report.outcomes().size() ? report.outcomes().get(i) : null;
      pushings.add(reported(tasks.get(i), outcome));
    }
    return new Stored(pushings, report.outcomes().stream().map(PushOutcome::taskId).toList());
  }

  Outcome atomically(Partition partition, int count, boolean repeat) {
    List<Task> tasks = batch(count, repeat);
    List<Pushing> pushings = new ArrayList<>();
    List<String> reported = new ArrayList<>();
    try {
      List<PushReceipt> receipts = partition.pushAtomically(tasks);
      receipts.forEach(receipt -> reported.add(receipt.taskId()));
      for (int i = 0; i < Math.min(tasks.size(), receipts.size()); i++) {
        pushings.add(answered(tasks.get(i), receipts.get(i)));
      }
    } catch (RuntimeException e) {
      for (Task task : tasks) {
        reported.add(task.id());
        pushings.add(failed(task, e));
      }
    }
    return new Stored(pushings, reported);
  }

  private List<Task> batch(int count, boolean repeat) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      tasks.add(next(newId()));
    }
    if (repeat && count > 0) {
      tasks.add(next(tasks.get(0).id()));
    }
    return tasks;
  }

  /** Pushes a delayed task into that partition. */
  Outcome later(Partition partition, int to, Duration delay) {
    Task task = next(newId()).withDelay(delay);
    Pushing pushing;
    try {
      pushing = answered(task, partition.push(task));
    } catch (RuntimeException e) {
      pushing = failed(task, e);
    }
    delayed.add(pushing);
    delayedTo.add(to);
    return new Stored(List.of(pushing), List.of(pushing.id()));
  }

  Outcome cancel(IntFunction<Partition> partitions, int k) {
    if (delayed.isEmpty()) {
      return new History.Done();
    }
    int chosen = Math.floorMod(k, delayed.size());
    Pushing pushing = delayed.get(chosen);
    boolean removed = partitions.apply(delayedTo.get(chosen)).cancel(pushing.id());
    return new History.Cancelled(pushing.payload(), removed);
  }

  private String newId() {
    String id = "id-" + ids.size();
    ids.add(id);
    return id;
  }

  private Task next(String id) {
    int n = number++;
    // The number of a push modulo the clients decides its client, so the priority uses another
    // formula: otherwise each client would have its own priorities.
    return Task.of(id, "push-" + n)
        .withPriority((5 * n + n / 2) % priorities)
        .withHeaders(n % 3 == 2 ? Map.of() : Map.of("push", "n " + n, "X-Kind", ""));
  }

  private static Pushing reported(Task task, @Nullable PushOutcome outcome) {
    if (outcome instanceof PushOutcome.Stored stored) {
      return answered(task, stored.receipt());
    }
    if (outcome instanceof PushOutcome.Refused refused) {
      return failed(task, refused.error());
    }
    if (outcome instanceof PushOutcome.Unknown unknown) {
      return failed(task, unknown.error());
    }
    return pushing(task, Pushed.FAILED, "no outcome");
  }

  private static Pushing answered(Task task, PushReceipt receipt) {
    return pushing(
        task,
        receipt.duplicate() ? Pushed.DUPLICATE : Pushed.STORED,
        "receipt " + receipt.taskId());
  }

  private static Pushing failed(Task task, Throwable error) {
    return pushing(
        task, result(error), error.getClass().getSimpleName() + ": " + error.getMessage());
  }

  private static Pushed result(Throwable error) {
    if (error instanceof OutcomeUnknownException) {
      return Pushed.UNKNOWN;
    }
    return error instanceof QueueFullException ? Pushed.FULL : Pushed.FAILED;
  }

  private static Pushing pushing(Task task, Pushed result, String detail) {
    return new Pushing(
        task.id(),
        new String(task.payload(), StandardCharsets.ISO_8859_1),
        task.headers(),
        task.priority(),
        result,
        detail);
  }
}
