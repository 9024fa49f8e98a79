package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Puller;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What is refused before anything is sent, and the extremes that are not. */
interface InputRules extends Rules {

  @Property
  @Label("INPUT-1 A partition name that breaks its rule MUST be refused, and nothing created")
  default void badPartitionNames(@ForAll("badNames") String name) throws Exception {
    rules().with(scene -> refuses(scene, () -> scene.queue.partition(name)));
  }

  @Property
  @Label(
      "INPUT-2 A payload above the maximum MUST be refused by every push, and nothing of its batch stored")
  default void largePayloads(@ForAll boolean batch) throws Exception {
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
  @Label("INPUT-3 A pull size or a wait out of its range MUST be refused, and nothing leased")
  default void badPulls(@ForAll("badSizes") int max, @ForAll("badWaits") Duration wait)
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
      "INPUT-4 A delay or a reason that breaks its rule MUST be refused, and the delivery stay as it was")
  default void badSettlements(
      @ForAll("badWaits") Duration delay, @ForAll("badReasons") String reason) throws Exception {
    rules()
        .with(
            scene -> {
              scene.push(1);
              Delivery delivery = scene.pullNow().get(0);
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
  @SuppressWarnings("NullAway") // That is the point.
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
              Delivery delivery = scene.pullNow().get(0);
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
                rules().require(got.size() == 1, () -> got.size() + " tasks came");
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
              String value = "v".repeat(Limits.MAX_HEADER_BYTES - 1);
              scene.partition.push(
                  Task.of("i".repeat(Limits.MAX_ID), payload).withHeader("h", value));
              Delivery delivery = scene.pullNow().get(0);
              rules()
                  .require(
                      Arrays.equals(delivery.payload(), payload)
                          && delivery.headers().equals(Map.of("h", value)),
                      () -> "the largest task came out otherwise than it went in");
              delivery.ack();
            });
  }

  @Example
  @Label(
      "INPUT-8 A payload that is changed after the push MUST NOT change the stored task, nor one delivery another")
  default void payloadsAreCopied() throws Exception {
    rules()
        .with(
            scene -> {
              byte[] payload = {1, 2, 3};
              scene.partition.push(Task.of("task", payload));
              payload[0] = 9;
              Delivery first = scene.pullNow().get(0);
              boolean intact = first.payload()[0] == 1;
              first.payload()[1] = 9;
              first.nak();
              Delivery second = scene.pullNow().get(0);
              rules()
                  .require(
                      intact && Arrays.equals(second.payload(), new byte[] {1, 2, 3}),
                      () -> "the stored payload is " + Arrays.toString(second.payload()));
            });
  }

  /**
   * The call is refused for its input, the partition holds what it held, and still takes a task.
   */
  private void refuses(Scene scene, java.util.concurrent.Callable<?> call) {
    Stats before = scene.partition.stats();
    Object outcome;
    try {
      outcome = call.call();
    } catch (Exception e) {
      outcome = e;
    }
    Object got = outcome;
    rules()
        .require(
            got instanceof InvalidInputException,
            () -> "a bad input was not refused with InvalidInputException: " + got);
    Stats after = scene.partition.stats();
    rules()
        .require(after.equals(before), () -> "a refused input changed " + before + " to " + after);
  }

  @Provide
  default Arbitrary<String> badNames() {
    return Arbitraries.of(
        "",
        " ",
        "a b",
        "\t",
        "a\r\nPUB x 0",
        "\0",
        "\u007f",
        ".",
        "..",
        "a.b",
        ".a",
        "a.",
        "*",
        "p*",
        ">",
        "a>",
        "$JS",
        "%",
        "a%b",
        "/",
        "\\",
        "\u00e9",
        "\ud83d\ude00",
        "\ud800",
        "\u202e",
        "\u200b",
        "x".repeat(65),
        "x".repeat(5_000));
  }

  @Provide
  default Arbitrary<Integer> badSizes() {
    return Arbitraries.of(0, -1, Integer.MIN_VALUE, Limits.MAX_PULL + 1, Integer.MAX_VALUE);
  }

  @Provide
  default Arbitrary<Duration> badWaits() {
    return Arbitraries.of(
        Duration.ofNanos(-1),
        Duration.ofSeconds(-1),
        Duration.ofSeconds(Long.MIN_VALUE),
        Limits.MAX_WAIT.plusNanos(1),
        Duration.ofSeconds(Long.MAX_VALUE));
  }

  @Provide
  default Arbitrary<String> badReasons() {
    return Arbitraries.of(
        "", " ", "a\nb", "a\r\nNats-Msg-Id: x", "\u00e9", " a", "a ", "x".repeat(1_001));
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
    Arbitrary<String> values =
        Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(40).map(String::strip);
    return Arbitraries.maps(names, values).ofMaxSize(6);
  }
}
