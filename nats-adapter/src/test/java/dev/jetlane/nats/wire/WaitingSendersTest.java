// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.TestQueues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The ends of the waits of senders: a close, a lost socket, an interrupt, a failed write. */
@Timeout(60)
class WaitingSendersTest {

  private static final int FULL_BYTES = 1 << 20;
  private static final int ROOM_BYTES = 64 * 1024;
  private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ScriptedConnection server = new ScriptedConnection();
  private final ReplacedCalls calls = new ReplacedCalls(server.connection());
  private final ConnectionMonitor monitor = new ConnectionMonitor();
  private final String writerName = "waiting-senders-" + System.nanoTime();
  private final FrameWriter writer = new FrameWriter(monitor, writerName);

  @BeforeEach
  void bind() {
    monitor.bind(calls.connection());
  }

  @AfterEach
  void close() {
    calls.with("flushBuffer", none -> null);
    writer.dropAll();
    writer.close();
  }

  private static Thread inBackground(Runnable call, CompletableFuture<Long> took) {
    Thread thread =
        new Thread(
            () -> {
              long start = System.nanoTime();
              call.run();
              took.complete(System.nanoTime() - start);
            });
    thread.setDaemon(true);
    thread.start();
    TestQueues.await(
        "waiting", () -> thread.getState() == Thread.State.TIMED_WAITING || !thread.isAlive());
    return thread;
  }

  /** Fails if the wait takes its whole time in each of some rounds; one round may be delayed. */
  private static void requireSoon(String what, Round round) throws Exception {
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < 5 && shortest >= LONGEST_WAIT_NANOS; i++) {
      shortest = Math.min(shortest, round.waitedNanos());
    }
    assertThat(shortest).as(what).isLessThan(LONGEST_WAIT_NANOS);
  }

  private interface Round {
    long waitedNanos() throws Exception;
  }

  @Test
  void theCloseEndsTheWaitForRoom() throws Exception {
    requireSoon(
        "a sender without room",
        () -> {
          FrameWriter full = new FrameWriter(monitor, writerName);
          full.publish("a", new byte[FULL_BYTES]);
          CompletableFuture<Long> took = new CompletableFuture<>();
          var unused =
              inBackground(
                  () -> {
                    try {
                      full.publish("late", new byte[0]);
                    } catch (IllegalStateException refused) {
                      // Nothing was sent.
                    }
                  },
                  took);
          full.close();
          return took.get(30, TimeUnit.SECONDS);
        });
  }

  /** The frames that it waits for are dropped with the socket. */
  @Test
  void aLostSocketEndsTheWaitOfAFlush() throws Exception {
    calls.with("flushBuffer", none -> null);
    requireSoon(
        "a flush behind a full socket",
        () -> {
          writer.open();
          writer.publish("a", new byte[2 * ROOM_BYTES]);
          CompletableFuture<Long> took = new CompletableFuture<>();
          var unused = inBackground(writer::flush, took);
          writer.dropAll();
          return took.get(30, TimeUnit.SECONDS);
        });
  }

  /** The caller decides what its interrupt means. */
  @Test
  void anInterruptDuringTheWaitOfAFlushEndsItAndStaysSet() throws Exception {
    calls.with("flushBuffer", none -> null);
    writer.open();
    writer.publish("a", new byte[2 * ROOM_BYTES]);
    AtomicInteger interrupted = new AtomicInteger();
    requireSoon(
        "an interrupted flush",
        () -> {
          CompletableFuture<Long> took = new CompletableFuture<>();
          Thread flushing =
              inBackground(
                  () -> {
                    writer.flush();
                    if (Thread.currentThread().isInterrupted()) {
                      interrupted.incrementAndGet();
                    }
                  },
                  took);
          flushing.interrupt();
          return took.get(30, TimeUnit.SECONDS);
        });
    assertThat(interrupted.get()).as("the interrupt is set after the flush").isPositive();
  }

  /** The same while another thread of this process writes and the socket has room. */
  @Test
  void anInterruptDuringTheWriteOfAnotherThreadStaysSet() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    calls.with(
        "flushBuffer",
        none -> {
          writing.countDown();
          TestQueues.await("the end", () -> end.getCount() == 0);
          return null;
        });
    writer.open();
    writer.publish("a", new byte[10]);
    assertThat(writing.await(20, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread flushing =
        inBackground(
            () -> {
              writer.flush();
              interrupted.complete(Thread.currentThread().isInterrupted());
            },
            new CompletableFuture<>());
    flushing.interrupt();
    assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
    end.countDown();
  }

  /** A message that was accepted before the server knew the subscriptions leaves with them. */
  @Test
  void theWaitingFramesLeaveWhenTheWriterOpens() {
    @SuppressWarnings("JdkObsolete") // Several threads write.
    StringBuffer written = new StringBuffer();
    calls.with(
        "flushBuffer",
        none -> {
          writer.writeTo(
              (bytes, length) ->
                  written.append(new String(bytes, 0, length, StandardCharsets.US_ASCII)));
          return null;
        });
    writer.open();
    for (int round = 0; round < 5; round++) {
      String frame = "PUB early" + round + " 0\r\n\r\n";
      writer.dropAll();
      writer.publish("early" + round, new byte[0]);
      awaitSleep();
      assertThat(written).asString().doesNotContain(frame);
      writer.reconnected();
      TestQueues.await("written: " + frame, () -> written.toString().contains(frame));
    }
  }

  /** The thread of the writer sleeps at several looks, one after the other. */
  private void awaitSleep() {
    Thread thread =
        Thread.getAllStackTraces().keySet().stream()
            .filter(each -> each.getName().equals(writerName))
            .findFirst()
            .orElseThrow();
    int[] looks = {0};
    TestQueues.await(
        "the writer sleeps",
        () -> {
          looks[0] = thread.getState() == Thread.State.WAITING ? looks[0] + 1 : 0;
          return looks[0] == 20;
        });
  }

  /** The sender of a request learns of it by the missing answer, and the ack is not lost for it. */
  @Test
  void aFailedWriteOnTheThreadOfACallerIsNoErrorOfTheCall() {
    String me = Thread.currentThread().getName();
    for (Exception failure :
        List.of(new IOException("reset"), new IllegalStateException("disconnected"))) {
      AtomicInteger mine = new AtomicInteger();
      calls.with(
          "flushBuffer",
          none -> {
            writer.writeTo((bytes, length) -> {});
            writer.heard();
            if (Thread.currentThread().getName().equals(me)) {
              mine.incrementAndGet();
            }
            throw failure;
          });
      writer.open();
      TestQueues.await(
          "writes of this thread",
          () -> {
            writer.publish("a", "b", new byte[0]);
            writer.flush();
            writer.publish("large", new byte[40_000]);
            return mine.get() > 5;
          });
    }
  }

  /** No later call need write it. */
  @Test
  void anUnconfirmedAckDoesNotWaitLong() throws Exception {
    AtomicInteger writes = new AtomicInteger();
    calls.with(
        "flushBuffer",
        none -> {
          writer.writeTo((bytes, length) -> writes.incrementAndGet());
          return null;
        });
    writer.open();
    requireSoon(
        "an unconfirmed ack",
        () -> {
          awaitSleep();
          int before = writes.get();
          long start = System.nanoTime();
          writer.publish("ack", new byte[0]);
          TestQueues.await("written", () -> writes.get() > before);
          return System.nanoTime() - start;
        });
  }
}
