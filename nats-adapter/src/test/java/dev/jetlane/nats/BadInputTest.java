package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.Settlement;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.testing.NatsServer;
import io.nats.client.Connection;
import io.nats.client.Nats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Hostile and mistaken arguments: a typed error each, nothing stored, and the next good task still
 * flows.
 */
@DisabledIfSystemProperty(named = "jetlane.fakeOnly", matches = "true")
@Timeout(120)
class BadInputTest {

  private static final int MAX_PAYLOAD = 10_000;

  /** Neither a partition name nor a task id. */
  private static final List<String> BAD_ANYWHERE =
      Arrays.asList(
          null,
          "",
          " ",
          "a b",
          "\t",
          "\r",
          "\n",
          "a\r\nPUB x 0",
          "\0",
          "\u007f",
          "é",
          "\uD83D\uDE00",
          "\uD800",
          "\u202Eabc",
          "a\u200Bb",
          "e\u0301",
          "\u212A",
          "x".repeat(257),
          "x".repeat(5_000),
          " a",
          "a ");

  /** No partition names, though fine as task ids. */
  private static final List<String> BAD_NAMES =
      List.of(
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
          "$SYS",
          "%",
          "a%b",
          "/",
          "\\",
          "a/b",
          "#",
          "x".repeat(65),
          "x".repeat(255),
          "x".repeat(256),
          "_INBOX.a",
          "a:b",
          "a,b",
          "'",
          "\"",
          "{}",
          "~",
          "!");

  private static final List<String> BAD_HEADER_NAMES =
      Arrays.asList(
          null,
          "",
          " ",
          "a b",
          "a:b",
          ":",
          "é",
          "a\rb",
          "a\nb",
          "a\r\nb",
          "\0",
          "a\tb",
          "(",
          "[x]",
          "Nats-Msg-Id",
          "nats-msg-id",
          "NATS-TTL",
          "Nats-Expected-Stream",
          "Nats-Rollup",
          "Nats-Trace-Dest",
          "Nats-Schedule",
          "Jetlane-Id",
          "jetlane-anything",
          "@",
          "\"",
          "=",
          "a/b",
          "\u202E");

  private static final List<String> BAD_HEADER_VALUES =
      Arrays.asList(
          null,
          " ",
          " a",
          "a ",
          "a\rb",
          "a\nb",
          "a\r\nX: y",
          "\0",
          "\t",
          "é",
          "\uD800",
          "\u007f",
          "a\tb");

  private static final List<String> BAD_REASONS =
      Arrays.asList(
          null, "", " ", "a\nb", "a\rb", "\0", "é", " a", "a ", "x".repeat(Limits.MAX_REASON + 1));

  private final List<Map.Entry<String, ThrowingCallable>> cases = new ArrayList<>();

  @Test
  void everyBadInputIsRefusedAndLeavesTheQueueAsItWas() throws Exception {
    try (NatsServer server = NatsServer.start()) {
      NatsOptions options =
          TestQueues.options(server)
              .withQueue(TestQueues.config().withMaxPayloadBytes(MAX_PAYLOAD));
      tryAll(server, options);
    }
  }

  private void tryAll(NatsServer server, NatsOptions options) throws Exception {
    try (TaskQueue queue = NatsTaskQueue.connect(options);
        Connection nc = Nats.connect(server.url())) {
      Partition partition = queue.partition("p");
      Task good = Task.of("good", "");
      partition.push(good);
      try (Puller puller = partition.puller()) {
        Delivery held = puller.pull(1, Duration.ofSeconds(5)).get(0);
        addNames(queue);
        addTasks(partition, good);
        addCalls(partition, puller, held);
        assertThat(cases).hasSizeGreaterThan(150);
        for (Map.Entry<String, ThrowingCallable> each : cases) {
          assertThatThrownBy(each.getValue())
              .as(each.getKey())
              .isInstanceOf(InvalidInputException.class)
              .message()
              .as(each.getKey())
              .matches("[ -~]{10,1000}");
        }
        assertThat(partition.stats()).isEqualTo(new Stats(0, 1, 0));
        assertThat(nc.jetStreamManagement().getConsumerNames(options.stream()))
            .containsExactlyInAnyOrder("p", Lane.LATER_CONSUMER);
        assertThat(
                nc.jetStreamManagement()
                    .getStreamInfo(options.stream())
                    .getStreamState()
                    .getLastSequence())
            .isEqualTo(1);
        assertThat(held.ack()).isEqualTo(Settlement.SETTLED);
        assertThat(partition.push(Task.of("next", new byte[MAX_PAYLOAD])).duplicate()).isFalse();
        assertThat(TestQueues.ids(puller.pull(10, Duration.ofSeconds(5)))).containsExactly("next");
      }
    }
  }

  private void add(String what, ThrowingCallable call) {
    cases.add(Map.entry(what, call));
  }

  private void addNames(TaskQueue queue) {
    BAD_ANYWHERE.forEach(name -> add("partition " + name, () -> queue.partition(name)));
    BAD_NAMES.forEach(name -> add("partition " + name, () -> queue.partition(name)));
  }

  @SuppressWarnings("NullAway") // As above.
  private void addTasks(Partition partition, Task good) {
    BAD_ANYWHERE.forEach(id -> add("id " + id, () -> partition.push(Task.of(id, ""))));
    BAD_HEADER_NAMES.forEach(
        name -> add("header " + name, () -> partition.push(good.withHeader(name, "v"))));
    BAD_HEADER_VALUES.forEach(
        value -> add("header value " + value, () -> partition.push(good.withHeader("h", value))));
    add("many headers", () -> partition.push(manyHeaders()));
    add(
        "large headers",
        () -> partition.push(good.withHeader("h", "v".repeat(Limits.MAX_HEADER_BYTES))));
    add("null payload", () -> partition.push(Task.of("x", (byte[]) null)));
    add("null text", () -> partition.push(Task.of("x", (String) null)));
    add("null task", () -> partition.push(null));
    add("null task, async", () -> partition.pushAsync(null));
    add("null list", () -> partition.pushAll(null));
    Task large = Task.of("large", new byte[MAX_PAYLOAD + 1]);
    add("large payload", () -> partition.push(large));
    add("large payload, async", () -> partition.pushAsync(large));
    add("a bad one in a list", () -> partition.pushAll(List.of(Task.of("fine", ""), large)));
    add("null in a list", () -> partition.pushAll(Arrays.asList(Task.of("fine", ""), null)));
  }

  @SuppressWarnings("NullAway") // As above.
  private void addCalls(Partition partition, Puller puller, Delivery held) {
    Duration wait = Duration.ZERO;
    for (int max : new int[] {0, -1, Integer.MIN_VALUE, Limits.MAX_PULL + 1, Integer.MAX_VALUE}) {
      add("pull of " + max, () -> puller.pull(max, wait));
      add("list of " + max, () -> partition.deadLetters().list(max));
      add("redrive of " + max, () -> partition.deadLetters().redriveOldest(max));
    }
    for (Duration bad :
        Arrays.asList(
            null,
            Duration.ofNanos(-1),
            Duration.ofSeconds(-5),
            Duration.ofSeconds(Long.MAX_VALUE),
            Duration.ofSeconds(Long.MIN_VALUE),
            Duration.ofDays(8))) {
      add("wait of " + bad, () -> puller.pull(1, bad));
      add("nak delay of " + bad, () -> held.nak(bad));
    }
    BAD_REASONS.forEach(reason -> add("reason " + reason, () -> held.deadLetter(reason)));
    add("null options", () -> partition.puller(null));
    add("prefetch -1", () -> partition.puller(PullOptions.defaults().withPrefetch(-1)));
    add(
        "prefetch too large",
        () -> partition.puller(PullOptions.defaults().withPrefetch(Limits.MAX_PULL + 1)));
  }

  private static Task manyHeaders() {
    Task task = Task.of("many", "");
    for (int i = 0; i <= Limits.MAX_HEADERS; i++) {
      task = task.withHeader("h" + i, "");
    }
    return task;
  }
}
