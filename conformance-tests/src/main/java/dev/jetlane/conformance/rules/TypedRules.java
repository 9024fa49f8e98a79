// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import static dev.jetlane.conformance.harness.Capability.DEAD_LETTERS;

import dev.jetlane.Codec;
import dev.jetlane.DeadLetter;
import dev.jetlane.InvalidInputException;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPartition;
import dev.jetlane.TypedPuller;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Background;
import dev.jetlane.conformance.run.Requires;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Rules of typed partitions: the use of a codec, and the treatment of payloads that it refuses. */
public interface TypedRules extends Rules {

  /**
   * A codec of numbers as texts. It cannot decode {@code seven}, and refuses 13 in both directions.
   */
  Codec<Integer> NUMBERS =
      new Codec<>() {
        @Override
        public byte[] encode(Integer value) throws Exception {
          return Codec.text().encode(Integer.toString(lucky(value)));
        }

        @Override
        public Integer decode(byte[] payload) throws Exception {
          return lucky(Integer.parseInt(Codec.text().decode(payload)));
        }

        private static Integer lucky(Integer value) {
          if (value == 13) {
            throw new IllegalArgumentException("13 is no number");
          }
          return value;
        }
      };

  @Property
  @Label("TYPED-1 A value MUST be delivered equal to the pushed one, with the headers of its task")
  default void valuesArrive(@ForAll int number) throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              int value = number == 13 ? 14 : number;
              TypedPartition<Integer> numbers = scene.partition.typed(NUMBERS.then(Codec.bytes()));
              numbers.push("handled", value);
              Queue<Integer> handled = new ConcurrentLinkedQueue<>();
              Worker worker =
                  numbers.work(
                      (handed, delivery) -> handled.add(handed), WorkerOptions.concurrency(1));
              try (worker) {
                scene.await(() -> !handled.isEmpty() && scene.backlog() == 0);
              }
              scene.partition.push(numbers.task("pulled", value).withHeader("colour", "red"));
              List<TypedDelivery<Integer>> pulled = pull(scene, numbers);
              rules()
                  .require(
                      List.copyOf(handled).equals(List.of(value))
                          && pulled.size() == 1
                          && pulled.get(0).value() == value
                          && pulled.get(0).delivery().taskId().equals("pulled")
                          && pulled.get(0).delivery().headers().equals(Map.of("colour", "red")),
                      () -> value + " was handled as " + handled + " and pulled as " + pulled);
              pulled.forEach(TypedDelivery::close);
            });
  }

  private static List<TypedDelivery<Integer>> pull(Scene scene, TypedPartition<Integer> numbers)
      throws InterruptedException {
    try (TypedPuller<Integer> puller = numbers.puller(scene.harness.pulling())) {
      return puller.pull(10, scene.harness.tolerance().isZero() ? Duration.ZERO : scene.ticks(900));
    }
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "TYPED-2 A payload that cannot be decoded MUST become a dead letter immediately, with "
          + "the reason and regardless of the retry policy, and MUST NOT reach a handler")
  default void undecodableIsNotHandled() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              TypedPartition<Integer> numbers = scene.partition.typed(NUMBERS);
              Queue<Integer> handled = new ConcurrentLinkedQueue<>();
              WorkerOptions options =
                  WorkerOptions.concurrency(1)
                      .withRetryPolicy(RetryPolicy.fixed(Duration.ZERO))
                      .withFailureListener(failure -> {});
              Worker worker = numbers.work((value, delivery) -> handled.add(value), options);
              try (worker) {
                scene.partition.push(Task.of("bad", "seven"));
                numbers.push("good", 7);
                scene.await(() -> !handled.isEmpty() && scene.backlog() == 0);
              }
              isDead(scene, "seven");
              rules()
                  .require(
                      List.copyOf(handled).equals(List.of(7)), () -> "handled were " + handled);
            });
  }

  /**
   * Fails unless the only remaining task is the dead letter of the task "bad" with exactly this
   * payload, after one attempt.
   */
  private void isDead(Scene scene, String payload) throws Exception {
    Stats stats = scene.statsSoon(s -> s.dead() == 1 && s.backlog() == 0);
    List<DeadLetter> dead = scene.partition.deadLetters().list(10);
    rules()
        .require(
            stats.backlog() == 0
                && dead.size() == 1
                && dead.get(0).taskId().equals("bad")
                && dead.get(0).attempts() == 1
                && dead.get(0).reason().contains("cannot be decoded")
                && Codec.text().decode(dead.get(0).payload()).equals(payload),
            () -> "instead of one undecodable dead letter: " + dead + ", " + stats);
  }

  @Example
  @Requires(DEAD_LETTERS)
  @Label(
      "TYPED-3 A pull MUST NOT return a task that cannot be decoded, MUST make a dead letter of it "
          + "immediately, and MUST go on to the next task")
  default void undecodableIsNotPulled() throws Exception {
    rules()
        .withEach(
            Settings.UNHURRIED,
            List.of(
                scene -> undecodableIsNotPulled(scene, false),
                scene -> undecodableIsNotPulled(scene, true)));
  }

  private void undecodableIsNotPulled(Scene scene, boolean async) throws Exception {
    TypedPartition<Integer> numbers = scene.partition.typed(NUMBERS);
    scene.partition.push(Task.of("bad", "13"));
    numbers.push("good", 7);
    List<TypedDelivery<Integer>> pulled;
    try (TypedPuller<Integer> puller = numbers.puller(scene.harness.pulling())) {
      Duration wait = scene.harness.tolerance().isZero() ? Duration.ZERO : scene.ticks(900);
      pulled = async ? Background.of(puller.pullAsync(1, wait)).result() : puller.pull(1, wait);
      rules()
          .require(
              pulled.size() == 1 && pulled.get(0).value() == 7,
              () -> "instead of 7 the pull returned " + pulled);
      var unused = pulled.get(0).delivery().ack();
    }
    isDead(scene, "13");
  }

  @Example
  @Label("TYPED-4 A value that cannot be encoded MUST be refused, and MUST NOT be stored")
  default void unencodableIsRefused() throws Exception {
    rules()
        .with(
            Settings.UNHURRIED,
            scene -> {
              TypedPartition<Integer> numbers = scene.partition.typed(NUMBERS);
              String said = "nothing";
              try {
                numbers.push("bad", 13);
              } catch (InvalidInputException e) {
                said = String.valueOf(e.getMessage());
              }
              numbers.push("good", 7);
              Stats stats = scene.stats(s -> s.backlog() == 1);
              String refusal = said;
              rules()
                  .require(
                      refusal.contains("Integer") && stats.backlog() == 1,
                      () -> "the refusal said " + refusal + ", and " + stats + " are stored");
            });
  }
}
