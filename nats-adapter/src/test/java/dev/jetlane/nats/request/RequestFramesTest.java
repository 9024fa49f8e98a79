// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.Task;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.layout.PartitionAddress;
import dev.jetlane.nats.layout.QueueLayout;
import dev.jetlane.nats.wire.Frame;
import dev.jetlane.nats.wire.FrameWriter;
import dev.jetlane.nats.wire.ScriptedConnection;
import dev.jetlane.nats.wire.Wire;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bytes of each kind of request, and the same message as jnats writes it. */
@Timeout(60)
class RequestFramesTest {

  private static final PartitionAddress GPU =
      new QueueLayout("tasks", "jetlane", false, 1, 1, QueueLayout.OWN_API).address("gpu");
  private static final int MAX_HEADERS = 65_535;

  private final ScriptedConnection server = new ScriptedConnection();
  private final Wire wire = new Wire();
  private final FrameWriter writer = wire.newSocket();
  private final StringBuilder written = new StringBuilder();

  @BeforeEach
  void open() {
    wire.bind(server.connection());
  }

  @AfterEach
  void release() {
    wire.release();
  }

  private String written(Frame frame) throws IOException {
    written.setLength(0);
    var unused = writer.send(frame, "inbox.", 7, Urgency.DEFERRED);
    writer.writeTo(
        (bytes, length) -> written.append(new String(bytes, 0, length, StandardCharsets.UTF_8)));
    return written.toString();
  }

  private static PushWatch watch() {
    return new PushWatch(new Semaphore(1), new Wire().monitor());
  }

  private static TaskPush push(Task task) {
    return new TaskPush(GPU, task, watch(), Completion.none());
  }

  private static StoreRequest store(Map<String, String> headers) {
    return new StoreRequest(
        "t", "move of ", "a.b", headers, "body".getBytes(StandardCharsets.UTF_8));
  }

  /** Checks the sizes of the frame, which the server trusts, and returns its headers. */
  private String headers(Frame frame) throws IOException {
    String text = written(frame);
    String line = text.substring(0, text.indexOf("\r\n"));
    String[] words = line.split(" ");
    assertThat(words).startsWith("HPUB", frame.subject(), "inbox.7").hasSize(5);
    byte[] rest = text.substring(line.length() + 2).getBytes(StandardCharsets.UTF_8);
    int header = Integer.parseInt(words[3]);
    int total = Integer.parseInt(words[4]);
    assertThat(rest).as(text).hasSize(total + 2);
    assertThat(header).isEqualTo(frame.headerSize());
    String block = new String(rest, 0, header, StandardCharsets.UTF_8);
    assertThat(block).startsWith("NATS/1.0\r\n").endsWith("\r\n\r\n");
    assertThat(total - header).isEqualTo(frame.body().length).isEqualTo(frame.bodySize());
    Headers forJnats = Objects.requireNonNull(frame.headers());
    String lines = block.substring("NATS/1.0\r\n".length(), block.length() - 2);
    assertThat(lines.lines()).as("as jnats writes them").hasSize(forJnats.size());
    for (String each : lines.lines().toList()) {
      int colon = each.indexOf(':');
      assertThat(forJnats.getFirst(each.substring(0, colon))).isEqualTo(each.substring(colon + 1));
    }
    return lines;
  }

  @Test
  void theSizesOfAPushAreThoseOfItsBytes() throws IOException {
    Task plain = Task.of("t-1", "payload");
    assertThat(headers(push(plain))).isEqualTo("Nats-Msg-Id:gpu/t-1\r\n");
    assertThat(written).asString().endsWith("\r\n\r\npayload\r\n");
    assertThat(headers(push(Task.of("t", "")))).isEqualTo("Nats-Msg-Id:gpu/t\r\n");
    assertThat(headers(push(plain.withHeader("Trace", "a b").withHeader("empty", ""))))
        .isEqualTo("Nats-Msg-Id:gpu/t-1\r\nTrace:a b\r\nempty:\r\n");
    assertThat(headers(push(plain.withHeader("name", "w\u00e4rt"))))
        .isEqualTo("Nats-Msg-Id:gpu/t-1\r\nname:=?UTF-8?B?d8OkcnQ=?=\r\n");
    assertThat(headers(push(plain.withDeadline(Instant.ofEpochSecond(4_000_000_000L)))))
        .startsWith("Nats-Msg-Id:gpu/t-1\r\nJetlane-Deadline:");
  }

  /** A repetition writes the same bytes. */
  @Test
  void eachTryOfARequestIsTheSame() throws IOException {
    for (Frame frame :
        List.of(push(Task.of("t", "x").withHeader("a", "b")), store(Map.of("a", "\u00e4")))) {
      assertThat(written(frame)).isEqualTo(written(frame)).contains("HPUB ");
    }
  }

  @Test
  void theSizesOfAStoredMessageAreThoseOfItsBytes() throws IOException {
    assertThat(headers(store(Map.of("name", "value")))).isEqualTo("name:value\r\n");
    assertThat(headers(store(Map.of("name", "w\u00e4rt"))))
        .isEqualTo("name:=?UTF-8?B?d8OkcnQ=?=\r\n");
    assertThat(written).asString().endsWith("\r\n\r\nbody\r\n");
  }

  /** Some servers take the first text that looks like a name, wherever it is. */
  @Test
  void theHeadersOfTheServerComeBeforeThoseOfTheUser() throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("X-Nats-Msg-Id", "7");
    headers.put("Nats-Msg-Id", "p/t");
    headers.put("a", "b");
    headers.put("Nats-TTL", "5s");
    assertThat(headers(store(headers)))
        .isEqualTo("Nats-Msg-Id:p/t\r\nNats-TTL:5s\r\nX-Nats-Msg-Id:7\r\na:b\r\n");
  }

  /** The length of the headers is a uint16 in the server's store. */
  @Test
  void headersThatWouldBecomeTooLargeAreNotEncoded() {
    int overhead = "NATS/1.0\r\n\r\n".length() + "a:\r\nb:=?UTF-8?B?w6Q=?=\r\n".length();
    String longest = "x".repeat(MAX_HEADERS - overhead);
    StoreRequest encoded = store(new TreeMap<>(Map.of("a", longest, "b", "\u00e4")));
    assertThat(encoded.headerSize()).as("the largest encoded ones").isEqualTo(MAX_HEADERS);
    StoreRequest raw = store(new TreeMap<>(Map.of("a", longest + "x", "b", "\u00e4")));
    assertThat(raw.headerSize())
        .as("one byte more: unencoded, in UTF-8")
        .isEqualTo(MAX_HEADERS + 1 - "=?UTF-8?B?w6Q=?=".length() + 2);
  }

  @Test
  void aBatchIsWrittenInOneGo() throws IOException {
    List<TaskPush> tasks =
        List.of(
            push(Task.of("a", "1").withHeader("x", "y")),
            push(Task.of("b", "")),
            push(Task.of("c", "333")));
    AtomicStore batch = new AtomicStore("a", tasks, watch());
    String text = written(batch);
    String id = text.substring(text.indexOf("Nats-Batch-Id:"), text.indexOf("\r\nNats-Batch-Seq"));
    String level = "\r\nNats-Required-Api-Level:2\r\n";
    assertThat(text)
        .isEqualTo(
            frame("", id + "\r\nNats-Batch-Sequence:1" + level, "gpu/a\r\nx:y", "1")
                + frame("", id + "\r\nNats-Batch-Sequence:2" + level, "gpu/b", "")
                + frame(
                    "inbox.7 ",
                    id + "\r\nNats-Batch-Sequence:3" + level + "Nats-Batch-Commit:1\r\n",
                    "gpu/c",
                    "333"));
    assertThat(batch.body()).asString().isEqualTo("333");
    assertThat(batch.bodySize()).isEqualTo(3);
    assertThat(Objects.requireNonNull(tasks.get(2).headers()).containsKey("Nats-Batch-Id"))
        .as("the headers of the task alone")
        .isFalse();
  }

  private static String frame(String replyTo, String batch, String message, String body) {
    String block = "NATS/1.0\r\n" + batch + "Nats-Msg-Id:" + message + "\r\n\r\n";
    int total = block.length() + body.length();
    String sizes = block.length() + " " + total + "\r\n";
    return "HPUB jetlane.gpu " + replyTo + sizes + block + body + "\r\n";
  }

  /** The array grows in the middle of a header, of a body, or between them. */
  @Test
  void aBatchIsTheSameAtAnyPlaceOfTheArray() throws IOException {
    List<TaskPush> tasks =
        List.of(push(Task.of("a", "payload").withHeader("x", "y")), push(Task.of("b", "222")));
    Set<String> written = new HashSet<>();
    for (int free = 0; free < 450; free++) {
      written.add(behindLargeFrame(new AtomicStore("a", tasks, watch()), free));
    }
    assertThat(written)
        .singleElement()
        .asString()
        .startsWith("HPUB jetlane.gpu ")
        .contains("payload\r\nHPUB jetlane.gpu inbox.7 ")
        .endsWith("\r\n222\r\n");
  }

  /** Writes a frame into an array with this many free bytes; returns it with an id of its own. */
  private String behindLargeFrame(Frame frame, int free) throws IOException {
    Wire fresh = new Wire();
    FrameWriter small = fresh.newSocket();
    fresh.bind(server.connection());
    int used = 64 * 1024 - free;
    small.publish("pad", new byte[used - "PUB pad 65000\r\n\r\n".length()]);
    var unused = small.send(frame, "inbox.", 7, Urgency.DEFERRED);
    StringBuilder text = new StringBuilder();
    small.writeTo(
        (bytes, length) ->
            text.append(new String(bytes, used, length - used, StandardCharsets.UTF_8)));
    fresh.release();
    return text.toString().replaceAll("Nats-Batch-Id:[^\r]*", "Nats-Batch-Id:id");
  }
}
