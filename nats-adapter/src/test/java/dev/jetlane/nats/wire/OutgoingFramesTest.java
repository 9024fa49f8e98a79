// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jetlane.driver.Urgency;
import dev.jetlane.nats.TestQueues;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which thread writes which frames, and when, on a socket that the test plays. */
@Timeout(60)
class OutgoingFramesTest {

  private static final int WRITE_AT_BYTES = 32 * 1024;
  private static final int FULL_BYTES = 1 << 20;
  private static final int ROOM_BYTES = 2 * WRITE_AT_BYTES;

  /** No other thread of this process has this name. */
  private final String writerName = "writer-under-test-" + System.nanoTime();

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final FrameWriter writer = new FrameWriter(monitor, writerName);

  @SuppressWarnings("JdkObsolete") // Several threads write.
  private final StringBuffer written = new StringBuffer();

  /** The names of the threads that wrote. */
  private final List<String> threads = new CopyOnWriteArrayList<>();

  private volatile int maxPayload = FULL_BYTES;

  @BeforeEach
  void bind() {
    monitor.bind(calls.connection());
    calls.with("getMaxPayload", none -> (long) maxPayload);
  }

  @AfterEach
  void close() {
    writer.close();
  }

  private FrameWriter.Target socket() {
    return (bytes, length) -> {
      threads.add(Thread.currentThread().getName());
      written.append(new String(bytes, 0, length, StandardCharsets.UTF_8));
    };
  }

  /** From now on a flush of jnats writes. */
  private void connectSocket() {
    calls.with(
        "flushBuffer",
        none -> {
          writer.writeTo(socket());
          return null;
        });
  }

  private void open() {
    connectSocket();
    writer.open();
  }

  private void awaitWritten(String expected) {
    TestQueues.await("written: " + written, () -> written.toString().endsWith(expected));
  }

  private record Message(String subject, String header, String text, List<? extends Frame> earlier)
      implements Frame {

    Message(String subject, String text) {
      this(subject, "", text, List.of());
    }

    @Override
    public List<Frame> before() {
      return List.copyOf(earlier);
    }

    @Override
    public byte[] body() {
      return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public int headerSize() {
      return header.length();
    }

    @Override
    public void writeHeaders(ByteSink sink) {
      sink.put(header);
    }
  }

  private static Message ofSize(int bytes) {
    return new Message("a", "x".repeat(bytes));
  }

  @Test
  void framesAreWrittenInTheOrderOfTheirCalls() throws IOException {
    Message batch =
        new Message(
            "last",
            "H",
            "ccc",
            List.of(new Message("first", "HH", "a", List.of()), new Message("second", "bb")));
    writer.open();
    assertThat(writer.send(new Message("p", ""), "in.", 1, Urgency.DEFERRED)).isFalse();
    assertThat(writer.send(batch, "in.", 1234567890123L, Urgency.PIPELINED)).isFalse();
    writer.publish("q", "text".getBytes(StandardCharsets.US_ASCII));
    writer.publish("r", "reply", new byte[0]);
    writer.writeTo(socket());
    assertThat(written.toString())
        .isEqualTo(
            String.join(
                "\r\n",
                List.of(
                    "PUB p in.1 0",
                    "",
                    "HPUB first 2 3",
                    "HHa",
                    "PUB second 2",
                    "bb",
                    "HPUB last in.1234567890123 1 4",
                    "Hccc",
                    "PUB q 4",
                    "text",
                    "PUB r reply 0",
                    "",
                    "")));
    writer.writeTo(socket());
    assertThat(threads).as("an empty write").hasSize(1);
  }

  /** The server would close the connection. */
  @Test
  void aFrameThatIsLargerThanTheServerAcceptsIsRefusedBeforeAnyByte() throws IOException {
    writer.open();
    maxPayload = 10;
    Message largest = new Message("a", "HHH", "1234567", List.of());
    Message larger = new Message("a", "HHHH", "1234567", List.of());
    for (Message refused :
        List.of(larger, ofSize(11), new Message("a", "", "", List.of(ofSize(1), larger)))) {
      assertThatThrownBy(() -> writer.send(refused, "in.", 1, Urgency.DEFERRED))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("11 bytes with headers exceed the server's max_payload, 10");
    }
    writer.writeTo(socket());
    assertThat(written.toString()).isEmpty();
    assertThat(writer.send(largest, "in.", 1, Urgency.DEFERRED)).isFalse();
    writer.writeTo(socket());
    assertThat(written.toString()).startsWith("HPUB a in.1 3 10\r\n");
  }

  @Test
  void aCallerIsAskedToWriteFromThirtyTwoKilobytesOn() {
    writer.open();
    int frame = "PUB a in.1 32000\r\n\r\n".length();
    assertThat(writer.send(ofSize(WRITE_AT_BYTES - frame - 1), "in.", 1, Urgency.DEFERRED))
        .isFalse();
    assertThat(writer.hasRoom()).isTrue();
    writer.dropAll();
    assertThat(writer.send(ofSize(WRITE_AT_BYTES - frame), "in.", 1, Urgency.DEFERRED)).isTrue();
  }

  @Test
  void thereIsRoomForLessThanAMegabyte() throws IOException {
    int frame = "PUB a in.1 1000000\r\n\r\n".length();
    var unused = writer.send(ofSize(FULL_BYTES - frame - 1), "in.", 1, Urgency.DEFERRED);
    assertThat(writer.hasRoom()).isTrue();
    writer.dropAll();
    unused = writer.send(ofSize(FULL_BYTES - frame), "in.", 1, Urgency.DEFERRED);
    assertThat(writer.hasRoom()).isFalse();
    writer.open();
    writer.writeTo(socket());
    assertThat(writer.hasRoom()).isTrue();
  }

  /** Otherwise every call on a server that does not read would hang forever. */
  @Test
  void aCallWaitsForRoomForASecondAndSaysThatNothingWasSent() {
    writer.publish("a", new byte[FULL_BYTES]);
    long start = System.nanoTime();
    assertThatThrownBy(() -> writer.send(ofSize(1), "in.", 1, Urgency.DEFERRED))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the server accepts no data, and the outgoing queue is full");
    assertThat(System.nanoTime() - start)
        .isBetween(TimeUnit.SECONDS.toNanos(1), TimeUnit.SECONDS.toNanos(5));
  }

  private Thread waitsForRoom(CompletableFuture<String> end) {
    Thread thread =
        new Thread(
            () -> {
              try {
                writer.publish("late", new byte[0]);
                end.complete("sent");
              } catch (IllegalStateException e) {
                end.complete(String.valueOf(e.getMessage()));
              }
            });
    thread.start();
    TestQueues.await("waiting", () -> thread.getState() == Thread.State.TIMED_WAITING);
    return thread;
  }

  @Test
  void aCallThatWaitsForRoomGoesOnWhenTheFramesAreDropped() throws Exception {
    writer.publish("a", new byte[FULL_BYTES]);
    CompletableFuture<String> end = new CompletableFuture<>();
    Thread waiting = waitsForRoom(end);
    writer.dropAll();
    waiting.join();
    assertThat(end.get()).isEqualTo("sent");
  }

  @Test
  void aClosedWriterAcceptsNothingAndWritesTheRest() throws Exception {
    open();
    var unused = writer.send(new Message("rest", ""), "in.", 1, Urgency.DEFERRED);
    writer.close();
    assertThat(written.toString()).isEqualTo("PUB rest in.1 0\r\n\r\n");
    for (Runnable call :
        List.<Runnable>of(
            () -> writer.publish("a", new byte[0]),
            () -> writer.publish("a", "b", new byte[0]),
            () -> writer.send(ofSize(1), "in.", 1, Urgency.PIPELINED))) {
      assertThatThrownBy(call::run).isInstanceOf(IllegalStateException.class).hasMessage("closed");
    }
    writer.flush();
    writer.close();
    TestQueues.await("the thread ends", () -> writerThread() == null);
  }

  private @Nullable Thread writerThread() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(writerName))
        .findFirst()
        .orElse(null);
  }

  private void awaitSleep() {
    TestQueues.await(
        "the writer sleeps",
        () -> {
          Thread thread = writerThread();
          return thread != null && thread.getState() == Thread.State.WAITING;
        });
  }

  /** From sleep, several times: acks without a confirmation come alone. */
  @Test
  void eachWayOfSendingIsWrittenWithoutAFurtherCall() {
    open();
    for (int i = 0; i < 3; i++) {
      awaitSleep();
      writer.publish("ack" + i, new byte[0]);
      awaitWritten("PUB ack" + i + " 0\r\n\r\n");
      awaitSleep();
      var unused = writer.send(new Message("soon" + i, ""), "in.", i, Urgency.PIPELINED);
      awaitWritten("PUB soon" + i + " in." + i + " 0\r\n\r\n");
      awaitSleep();
      unused = writer.send(new Message("later" + i, ""), "in.", i, Urgency.DEFERRED);
      awaitWritten("PUB later" + i + " in." + i + " 0\r\n\r\n");
    }
    assertThat(threads).containsOnly(writerName);
  }

  /** If the writer thread is faster once, the caller leaves it to that thread. */
  @Test
  void aCallerThatWaitsForAnAnswerWritesItself() {
    open();
    for (int i = 0; i < 10; i++) {
      awaitSleep();
      writer.publish("a" + i, "b", new byte[0]);
      awaitWritten("PUB a" + i + " b 0\r\n\r\n");
    }
    String me = Thread.currentThread().getName();
    assertThat(threads).as("a message with a reply subject").contains(me);
    threads.clear();
    for (int i = 0; i < 10; i++) {
      awaitSleep();
      writer.heard();
      writer.publish("large", new byte[WRITE_AT_BYTES]);
      awaitWritten("\0\r\n");
      written.setLength(0);
    }
    assertThat(threads).as("many bytes").contains(me);
  }

  @Test
  void aFlushHasWrittenTheFramesWhenItReturns() {
    open();
    for (int i = 0; i < 20; i++) {
      for (Urgency each : Urgency.values()) {
        var unused = writer.send(new Message(each + "" + i, ""), "in.", i, each);
        writer.flush();
        assertThat(written).asString().endsWith("PUB " + each + i + " in." + i + " 0\r\n\r\n");
      }
    }
  }

  /** Each wake-up costs a push or a pull two thread switches. */
  @Test
  void aCallerThatWritesDoesNotWakeTheThreadOfTheWriter() {
    open();
    awaitSleep();
    long id = Objects.requireNonNull(writerThread()).getId();
    ThreadMXBean all = ManagementFactory.getThreadMXBean();
    long before = all.getThreadInfo(id).getWaitedCount();
    for (int i = 0; i < 20; i++) {
      var unused = writer.send(new Message("f" + i, ""), "in.", i, Urgency.AWAITED);
      writer.flush();
      writer.publish("a" + i, "b", new byte[0]);
      awaitSleep();
    }
    assertThat(all.getThreadInfo(id).getWaitedCount()).isEqualTo(before);
    assertThat(threads).hasSize(40).containsOnly(Thread.currentThread().getName());
  }

  /** A write to a socket without room can block without limit, and a caller has a deadline. */
  @Test
  void aServerThatMayNotReadIsLeftToTheThreadOfTheWriter() {
    open();
    String me = Thread.currentThread().getName();
    for (int i = 0; i < 10; i++) {
      awaitSleep();
      writer.publish("room", "b", new byte[ROOM_BYTES - 100]);
      awaitWritten("\0\r\n");
      written.setLength(0);
      if (i == 0) {
        threads.clear();
      }
      for (int j = 0; j < 2; j++) {
        int before = threads.size();
        writer.publish("more", "b", new byte[200]);
        writer.flush();
        assertThat(written.toString()).as("the flush waits").contains("PUB more b 200");
        written.setLength(0);
        assertThat(threads.subList(before, threads.size()))
            .as("the room may be used up")
            .containsOnly(writerName);
      }
      writer.heard();
    }
    assertThat(threads).as("a server that has read everything has room").contains(me);
  }

  /** Otherwise each later flush would wait for a second. */
  @Test
  void aFailedWriteHasEndedForTheLaterFlushes() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    calls.with(
        "flushBuffer",
        none -> {
          try {
            writer.writeTo(
                (bytes, length) -> {
                  throw new IOException("reset");
                });
          } finally {
            failed.countDown();
          }
          return null;
        });
    writer.open();
    writer.publish("a", "b", new byte[ROOM_BYTES]); // The writer writes this.
    assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
    long start = System.nanoTime();
    for (int i = 0; i < 6; i++) {
      writer.flush();
    }
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
  }

  /** An error, even for lack of memory, must not end the only thread that writes acks. */
  @Test
  void anErrorEndsOneWriteAndNotTheThread() {
    for (Throwable planted :
        List.of(new OutOfMemoryError("planted"), new IllegalArgumentException("planted"))) {
      CountDownLatch failed = new CountDownLatch(1);
      calls.with(
          "flushBuffer",
          none -> {
            failed.countDown();
            if (planted instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) planted;
          });
      writer.open();
      writer.publish("a", new byte[0]);
      TestQueues.await("failure", () -> failed.getCount() == 0);
      connectSocket();
      writer.publish("next", new byte[0]);
      awaitWritten("PUB next 0\r\n\r\n");
    }
    writer.publish("own", "reply", new byte[0]);
    awaitWritten("PUB own reply 0\r\n\r\n");
    assertThat(threads).contains(writerName);
  }

  /** Otherwise no thread could write any more. */
  @Test
  void anErrorOnTheThreadOfACallerEndsOneWriteOnly() {
    OutOfMemoryError planted = new OutOfMemoryError("planted");
    writer.open();
    String me = Thread.currentThread().getName();
    calls.with(
        "flushBuffer",
        none -> {
          if (Thread.currentThread().getName().equals(me)) {
            throw planted;
          }
          return null;
        });
    TestQueues.await("the error", () -> isThrown(planted));
    connectSocket();
    writer.publish("next", new byte[0]);
    awaitWritten("PUB next 0\r\n\r\n");
  }

  private boolean isThrown(OutOfMemoryError planted) {
    try {
      writer.publish("a", "b", new byte[0]);
      return false;
    } catch (OutOfMemoryError e) {
      return e == planted;
    }
  }

  @Test
  void aDisconnectedWriterRefusesAndDoesNotWrite() throws IOException {
    writer.open();
    writer.publish("a", new byte[0]);
    server.disconnect();
    for (Runnable call :
        List.<Runnable>of(
            () -> writer.publish("a", new byte[0]),
            () -> writer.publish("a", "b", new byte[0]),
            () -> writer.send(ofSize(1), "in.", 1, Urgency.PIPELINED))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the connection is down");
    }
    writer.flush();
    writer.writeTo(socket());
    assertThat(written.toString()).isEmpty();
  }

  /** The caller decides what its interrupt means. */
  @Test
  void aFlushKeepsTheInterruptAndDoesNotWait() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch room = new CountDownLatch(1);
    calls.with(
        "flushBuffer",
        none -> {
          writer.writeTo(
              (bytes, length) -> {
                writing.countDown();
                TestQueues.await("room", () -> room.getCount() == 0);
                socket().write(bytes, length);
              });
          return null;
        });
    writer.open();
    writer.publish("a", new byte[0]); // The writer writes this, and waits.
    assertThat(writing.await(30, TimeUnit.SECONDS)).isTrue();
    var unused = writer.send(ofSize(10), "in.", 1, Urgency.DEFERRED);
    Thread.currentThread().interrupt();
    writer.flush();
    assertThat(Thread.interrupted()).as("a short wait").isTrue();
    unused = writer.send(ofSize(ROOM_BYTES), "in.", 2, Urgency.DEFERRED);
    Thread.currentThread().interrupt();
    writer.flush();
    assertThat(Thread.interrupted()).as("behind a full socket").isTrue();
    room.countDown();
    TestQueues.await("written", () -> written.toString().contains("PUB a in.2 65536"));
  }
}
