// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;

import dev.jetlane.DeadLetter;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Rules of tasks whose handler failed. */
public interface RetryRules extends Rules {

  @Property
  @Label(
      "RETRY-1 A failed task MUST be redelivered after the delay of the policy, and not "
          + "before")
  default void isRedeliveredAfterTheDelay(@ForAll @IntRange(min = 1, max = 12) int delay)
      throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<Long> handledAt = new ConcurrentLinkedQueue<>();
              WorkerOptions options =
                  WorkerOptions.concurrency(1)
                      .withRetryPolicy(RetryPolicy.fixed(scene.ticks(delay)));
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        handledAt.add(scene.harness.nowNanos());
                        if (delivery.attempt() == 1) {
                          throw new IllegalStateException("as asked for");
                        }
                      },
                      options)) {
                scene.pushOne("task");
                scene.await(() -> handledAt.size() == 1 && worker.running() == 0);
                scene.harness.advance(scene.ticks(delay).minusNanos(1));
                // A task that is redelivered too early would be handled now.
                scene.pauseForOthers();
                scene.harness.advance(scene.harness.tolerance().plusNanos(1));
                scene.await(() -> handledAt.size() >= 2 && scene.backlog() == 0);
                List<Long> moments = List.copyOf(handledAt);
                rules()
                    .require(
                        moments.size() == 2
                            && moments.get(1) - moments.get(0) >= scene.ticks(delay).toNanos(),
                        () -> "a delay of " + delay + " ticks, handled at " + moments);
              }
            });
  }

  @Example
  @Label("RETRY-2 The policy MUST receive the number and the failure of each attempt")
  default void policyReceivesTheAttempt() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              Queue<String> asked = new ConcurrentLinkedQueue<>();
              RetryPolicy policy =
                  (attempt, failure) -> {
                    asked.add(attempt + " " + failure.getMessage());
                    return Optional.of(Duration.ZERO);
                  };
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        if (delivery.attempt() < 4) {
                          throw new IllegalStateException("no " + delivery.attempt());
                        }
                      },
                      WorkerOptions.concurrency(1).withRetryPolicy(policy))) {
                scene.pushOne("task");
                scene.await(() -> asked.size() >= 3 && scene.backlog() == 0);
                rules()
                    .require(
                        List.copyOf(asked).equals(List.of("1 no 1", "2 no 2", "3 no 3")),
                        () -> worker + " asked " + asked);
              }
            });
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "RETRY-3 A task that the policy gives up on MUST become a dead letter with the " + "reason")
  default void givesUp() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              RetryPolicy policy =
                  RetryPolicy.fixed(Duration.ZERO)
                      .givingUpOn(IllegalArgumentException.class::isInstance);
              try (Worker worker =
                  scene.partition.work(
                      delivery -> {
                        throw delivery.attempt() < 2
                            ? new IllegalStateException("for now")
                            : new IllegalArgumentException("never\nagain");
                      },
                      WorkerOptions.concurrency(1).withRetryPolicy(policy))) {
                scene.pushOne("task");
                scene.await(() -> scene.partition.stats().dead() == 1);
                List<DeadLetter> dead = scene.partition.deadLetters().list(9);
                rules()
                    .require(
                        dead.size() == 1
                            && dead.get(0).attempts() == 2
                            && dead.get(0).reason().contains("IllegalArgumentException")
                            && dead.get(0).reason().contains("never again"),
                        () -> worker + " left these dead letters: " + dead);
              }
            });
  }
}
