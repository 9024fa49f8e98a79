// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.CAPACITY;
import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;
import static dev.jetlane.conformance.harness.Capability.DELAY;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskQueueException;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import net.jqwik.api.Example;
import net.jqwik.api.Label;
import org.jspecify.annotations.Nullable;

/** Rules of the exceptions that callers receive. */
public interface ErrorRules extends Rules {

  /** One task fills the partition, and its lease does not expire. */
  Settings FULL = Settings.PLAIN.withMaxTasks(1).withLeaseTicks(1_000);

  @Example
  @Requires(CAPACITY)
  @Label(
      "ERROR-1 The exception of a call MUST have the stack trace of its caller, and MUST name the "
          + "partition and the task of the call")
  default void exceptionsBelongToTheirCaller() throws Exception {
    rules()
        .with(
            FULL,
            scene -> {
              Set<Capability> can = scene.harness.capabilities();
              TaskQueue client = scene.client();
              Partition partition = client.partition("p0");
              Puller puller = scene.puller(partition);
              partition.push(Task.of("held", ""));
              Delivery held = scene.take(puller, 1).get(0);
              // A server refuses these, on a thread of its client.
              Task more = Task.of("more", "");
              fails("push", "more", () -> partition.push(more));
              fails("pushAll", "more", () -> partition.pushAll(List.of(more)).requireAllStored());
              // The client refuses these.
              client.close();
              fails("push", "more", () -> partition.push(more));
              fails("pushAsync", "more", () -> partition.pushAsync(more).join());
              fails("pushAll", "more", () -> partition.pushAll(List.of(more)));
              fails("stats", null, partition::stats);
              fails("partition", null, () -> client.partition("p0"));
              fails("puller", null, partition::puller);
              fails("pull", null, () -> puller.pull(1, Duration.ZERO));
              fails("ack", "held", held::ack);
              fails("nak", "held", held::nak);
              fails("release", "held", held::release);
              fails("extend", "held", held::extend);
              if (can.contains(DELAY)) {
                fails("cancel", "more", () -> partition.cancel("more"));
              }
              if (can.contains(DEAD_LETTERS)) {
                fails("deadLetter", "held", () -> held.deadLetter("refused"));
                fails("list", null, () -> partition.deadLetters().list(1));
                fails("redrive", null, () -> partition.deadLetters().redrive("unknown"));
              }
            });
  }

  private void fails(String name, @Nullable String taskId, Callable<?> call) throws Exception {
    @Nullable TaskQueueException error = null;
    try {
      Object unused = call.call();
    } catch (TaskQueueException e) {
      error = e;
    }
    @Nullable TaskQueueException thrown = error;
    rules()
        .require(
            thrown != null
                && thrown.partition().filter("p0"::equals).isPresent()
                && Objects.equals(thrown.taskId().orElse(null), taskId)
                && isOfCaller(thrown),
            () ->
                name
                    + " threw "
                    + thrown
                    + (thrown == null
                        ? ""
                        : " for partition "
                            + thrown.partition()
                            + " and task "
                            + thrown.taskId()
                            + " in "
                            + Arrays.toString(thrown.getStackTrace())));
  }

  private static boolean isOfCaller(TaskQueueException error) {
    return Arrays.stream(error.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(ErrorRules.class.getName()));
  }
}
