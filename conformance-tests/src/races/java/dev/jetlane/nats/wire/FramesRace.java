// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import io.nats.client.Connection;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Frames of two threads are sent whole, and each once. */
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both frames left")
@Outcome(expect = Expect.FORBIDDEN, desc = "a frame was lost, broken or written twice")
@State
public class FramesRace {

  private static final byte[] BODY = "a body".getBytes(StandardCharsets.US_ASCII);
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final ConcurrentHashMap<String, AtomicInteger> WRITTEN = new ConcurrentHashMap<>();
  private static final FrameWriter WRITER = open();

  private final String subject = "s" + NUMBERS.incrementAndGet();

  @Actor
  public void one() {
    WRITER.publish(subject, "one", BODY);
  }

  @Actor
  public void other() {
    WRITER.publish(subject, BODY);
    WRITER.flush();
  }

  @Arbiter
  public void count(I_Result result) {
    WRITER.flush();
    AtomicInteger written = WRITTEN.remove(subject);
    result.r1 = written == null ? 0 : written.get();
  }

  private static FrameWriter open() {
    ConnectionMonitor monitor = new ConnectionMonitor();
    FrameWriter writer = new FrameWriter(monitor, "frames-race");
    Object socket = new Object();
    monitor.bind(
        (Connection)
            Proxy.newProxyInstance(
                FramesRace.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "getStatus" -> Connection.Status.CONNECTED;
                      case "flushBuffer" -> {
                        synchronized (socket) {
                          flush(writer);
                        }
                        yield null;
                      }
                      default -> null;
                    }));
    writer.open();
    return writer;
  }

  private static void flush(FrameWriter writer) throws IOException {
    writer.writeTo(FramesRace::read);
    writer.heard();
  }

  /** Counts the whole frames of each subject. */
  private static void read(byte[] bytes, int length) {
    String[] lines = new String(bytes, 0, length, StandardCharsets.US_ASCII).split("\r\n", -1);
    for (int at = 0; at + 1 < lines.length; at += 2) {
      String[] words = lines[at].split(" ", -1);
      if (words[0].equals("PUB") && lines[at + 1].equals("a body")) {
        WRITTEN.computeIfAbsent(words[1], first -> new AtomicInteger()).incrementAndGet();
      }
    }
  }
}
