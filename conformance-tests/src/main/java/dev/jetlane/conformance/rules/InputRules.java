// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.rules;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.run.Rules;
import dev.jetlane.conformance.run.Scene;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Rules of invalid input, and of extreme values that are valid. */
public interface InputRules extends Rules {

  @Property
  @Label(
      "INPUT-1 A partition name that breaks its rule MUST be refused, and MUST NOT create "
          + "anything")
  default void badPartitionNamesAreRefused(@ForAll("badNames") String name) throws Exception {
    rules().with(scene -> refuses(scene, () -> scene.queue.partition(name)));
  }

  @Property
  @Label(
      "INPUT-2 Every push MUST refuse a payload above the maximum, and MUST store nothing of "
          + "its batch")
  default void largePayloadsAreRefused(@ForAll boolean batch) throws Exception {
    rules()
        .with(
            scene -> {
              Task large = Task.of("large", new byte[scene.config.maxPayloadBytes() + 1]);
              Task small = Task.of("small", new byte[1]);
              refuses(scene, () -> scene.partition.push(large));
              refuses(scene, () -> scene.partition.pushAsync(large).join());
              if (batch) {
                refuses(scene, () -> scene.partition.pushAll(List.of(small, large, small)));
              }
            });
  }

  @Property
  @Label("INPUT-3 A pull with a size or a wait outside its range MUST be refused and lease nothing")
  default void badPullsAreRefused(@ForAll("badSizes") int max, @ForAll("badWaits") Duration wait)
      throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              try (Puller puller = scene.puller()) {
                refuses(scene, () -> puller.pull(max, Duration.ZERO));
                refuses(scene, () -> puller.pull(1, wait));
              }
            });
  }

  @Property
  @Label(
      "INPUT-4 A delay or a reason that breaks its rule MUST be refused without changing "
          + "the delivery")
  default void badSettlementsAreRefused(
      @ForAll("badWaits") Duration delay, @ForAll("badReasons") String reason) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Delivery delivery = scene.pullPatiently(1).get(0);
              if (delay.isNegative() || delay.compareTo(Limits.MAX_DELAY) > 0) {
                refuses(scene, () -> delivery.nak(delay));
              }
              refuses(scene, () -> delivery.deadLetter(reason));
              rules().require(delivery.extend(), () -> "a refused settlement settled the delivery");
              delivery.ack();
            });
  }

  @Example
  @Label("INPUT-5 Null MUST be refused wherever a value is expected")
  @SuppressWarnings("NullAway") // Passing null is the purpose of this rule.
  default void nulls() throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              refuses(scene, () -> scene.queue.partition(null));
              refuses(scene, () -> scene.partition.push(null));
              refuses(scene, () -> scene.partition.pushAsync(null).join());
              refuses(scene, () -> scene.partition.pushAll(null));
              refuses(
                  scene,
                  () -> scene.partition.pushAll(Arrays.asList(Task.of("new", new byte[0]), null)));
              refuses(scene, () -> scene.partition.puller(null));
              try (Puller puller = scene.puller()) {
                refuses(scene, () -> puller.pull(1, null));
              }
              Delivery delivery = scene.pullPatiently(1).get(0);
              refuses(scene, () -> delivery.nak(null));
              refuses(scene, () -> delivery.deadLetter(null));
              delivery.ack();
            });
  }

  @Property
  @Label(
      "INPUT-6 Every id, header and payload that the contract allows MUST arrive as it was pushed")
  default void extremesArrive(
      @ForAll("ids") String id,
      @ForAll("headers") Map<String, String> headers,
      @ForAll byte[] payload)
      throws Exception {
    rules()
        .with(
            scene -> {
              scene.partition.push(Task.of(id, payload).withHeaders(headers));
              try (Puller puller = scene.puller()) {
                List<Delivery> got = scene.pullNow(puller);
                rules().require(got.size() == 1, () -> "received " + got.size() + " tasks");
                Delivery delivery = got.get(0);
                rules()
                    .require(
                        delivery.taskId().equals(id)
                            && delivery.headers().equals(headers)
                            && Arrays.equals(delivery.payload(), payload),
                        () ->
                            "pushed "
                                + id
                                + " "
                                + headers
                                + ", got "
                                + delivery.taskId()
                                + " "
                                + delivery.headers());
                delivery.ack();
              }
            });
  }

  @Example
  @Label("INPUT-7 The largest payload with the largest headers MUST arrive as it was pushed")
  default void largestArrives() throws Exception {
    rules()
        .with(
            scene -> {
              byte[] payload = new byte[scene.config.maxPayloadBytes()];
              for (int i = 0; i < payload.length; i++) {
                payload[i] = (byte) (i * 31);
              }
              String value = "\u00e9".repeat((Limits.MAX_HEADER_BYTES - 1) / 2);
              scene.partition.push(
                  Task.of("i".repeat(Limits.MAX_ID), payload).withHeader("h", value));
              Delivery delivery = scene.pullPatiently(1).get(0);
              rules()
                  .require(
                      Arrays.equals(delivery.payload(), payload)
                          && delivery.headers().equals(Map.of("h", value)),
                      () -> "the largest task was changed");
              delivery.ack();
            });
  }

  @Example
  @Label(
      "INPUT-8 A later change of a pushed or delivered payload MUST NOT change the stored "
          + "task or another delivery")
  default void payloadsAreCopied() throws Exception {
    rules()
        .with(
            scene -> {
              byte[] payload = {1, 2, 3};
              scene.partition.push(Task.of("task", payload));
              payload[0] = 9;
              Delivery first = scene.pullPatiently(1).get(0);
              boolean intact = first.payload()[0] == 1;
              first.payload()[1] = 9;
              first.nak();
              Delivery second = scene.pullPatiently(1).get(0);
              rules()
                  .require(
                      intact && Arrays.equals(second.payload(), new byte[] {1, 2, 3}),
                      () -> "the stored payload is " + Arrays.toString(second.payload()));
            });
  }

  @Example
  @Label(
      "INPUT-9 Each of 200 bad inputs MUST be refused with its typed error, store "
          + "nothing, and leave valid tasks unaffected")
  default void eachBadInputIsRefused() throws Exception {
    rules()
        .with(
            Settings.PLAIN.withLeaseTicks(DelayRules.AGES),
            scene -> {
              List<BadInputs.Line> lines = new ArrayList<>(BadInputs.all());
              lines.removeIf(line -> !line.appliesTo(scene.harness));
              rules().require(lines.size() >= 200, () -> "only " + lines.size() + " bad inputs");
              try (Puller puller = scene.partition.puller()) {
                BadInputs.Target on = badlyTreated(scene, puller);
                String kind = "";
                int good = 0;
                for (BadInputs.Line line : lines) {
                  if (!line.kind().equals(kind)) {
                    kind = line.kind();
                    flows(scene, puller, "good-" + good++);
                  }
                  refuses(scene, line.refusal(), line::toString, () -> line.call().run(on));
                }
                flows(scene, puller, "good-" + good);
                on.held().ack();
              }
            });
  }

  /**
   * Returns the objects for bad inputs. Two tasks are leased: one by the client, one by a client
   * that was then closed.
   */
  private BadInputs.Target badlyTreated(Scene scene, Puller puller) throws Exception {
    scene.push(2);
    Delivery held = scene.take(puller, 1).get(0);
    TaskQueue client = scene.client();
    Partition partition = client.partition("p0");
    Puller closed = partition.puller();
    Delivery orphan = scene.take(closed, 1).get(0);
    client.close();
    scene.statsSoon(new Stats(0, 2, 0)::equals);
    return new BadInputs.Target(
        scene, puller, held, new BadInputs.Closed(client, partition, closed, orphan));
  }

  private void flows(Scene scene, Puller puller, String id) throws Exception {
    scene.pushOne(id);
    List<Delivery> got = scene.take(puller, 1);
    rules()
        .require(
            Scene.ids(got).equals(List.of(id)),
            () -> "after a bad input " + id + " was pushed; received " + Scene.ids(got));
    Settlement settled = got.get(0).ack();
    Stats left = new Stats(0, 2, 0);
    Stats stats = scene.statsSoon(left::equals);
    rules()
        .require(
            settled == Settlement.SETTLED && stats.equals(left),
            () -> "a valid task after a bad input was acked: " + settled + ", left is " + stats);
  }

  /**
   * Fails unless the call is refused as invalid input, the partition is unchanged, and still
   * accepts a task.
   */
  private void refuses(Scene scene, Callable<?> call) {
    refuses(scene, InvalidInputException.class, () -> "a bad input", call);
  }

  private void refuses(Scene scene, Class<?> refusal, Supplier<String> what, Callable<?> call) {
    Stats before = scene.partition.stats();
    Object outcome;
    try {
      outcome = call.call();
    } catch (CompletionException e) {
      outcome = refusal == InvalidInputException.class ? e : e.getCause();
    } catch (Exception e) {
      outcome = e;
    }
    Object got = outcome;
    rules()
        .require(
            refusal.isInstance(got),
            () -> what.get() + " was not refused with " + refusal.getSimpleName() + ": " + got);
    rules()
        .require(
            got instanceof Exception refused && explains(refused),
            () -> what.get() + " was refused without its value and its rule: " + got);
    Stats after = scene.partition.stats();
    rules()
        .require(
            after.equals(before),
            () -> what.get() + " was refused, and changed " + before + " to " + after);
  }

  /** Whether the message explains the error in one line that is safe for a log. */
  private static boolean explains(Exception refusal) {
    String message = String.valueOf(refusal.getMessage());
    return message.matches("[ -~]{10,1000}")
        && (!(refusal instanceof InvalidInputException invalid)
            || message.endsWith(": " + invalid.rule()));
  }

  @Provide
  default Arbitrary<String> badNames() {
    return Arbitraries.of(BadValues.present(BadValues.partitionNames()));
  }

  @Provide
  default Arbitrary<Integer> badSizes() {
    return Arbitraries.of(BadValues.sizes());
  }

  @Provide
  default Arbitrary<Duration> badWaits() {
    return Arbitraries.of(BadValues.present(BadValues.outside(Duration.ZERO, Limits.MAX_WAIT)));
  }

  @Provide
  default Arbitrary<String> badReasons() {
    return Arbitraries.of(BadValues.present(BadValues.reasons()));
  }

  @Provide
  default Arbitrary<String> ids() {
    return Arbitraries.strings().withCharRange('!', '~').ofMinLength(1).ofMaxLength(Limits.MAX_ID);
  }

  @Provide
  default Arbitrary<Map<String, String>> headers() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('A', 'Z')
            .withChars("0123456789!#$%&'*+-.^_`|~")
            .ofMinLength(1)
            .ofMaxLength(20)
            .filter(
                name -> {
                  String lower = name.toLowerCase(java.util.Locale.ROOT);
                  return !lower.startsWith("nats-") && !lower.startsWith("jetlane-");
                });
    Arbitrary<String> ascii = Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(40);
    Arbitrary<String> any =
        Arbitraries.of(" ", "a", "\u00df", "\u20ac", "\ud83d\ude00", "\u202e", "=?UTF-8?B?", "?=")
            .list()
            .ofMaxSize(10)
            .map(parts -> String.join("", parts));
    Arbitrary<String> values = Arbitraries.oneOf(ascii, any).map(String::strip);
    return Arbitraries.maps(names, values).ofMaxSize(6);
  }
}
