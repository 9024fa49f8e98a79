package dev.jetlane.benchmarks;

import java.io.IOException;

/**
 * The practical limit: {@link Wire} with pull requests that overlap, so that the server never waits
 * for one. A new request goes out whenever half of what was asked for has arrived.
 */
final class SocketPull implements PullLoop {

  private static final int ASKED_AHEAD = 2_000;
  private static final byte[] ACK = Wire.ascii("+ACK");
  private static final byte[] NO_REPLY = {};

  private final Wire wire;
  private final byte[] pullSubject =
      Wire.ascii("$JS.API.CONSUMER.MSG.NEXT." + Target.STREAM + "." + Target.CONSUMER);
  private final byte[] pulled;
  private final byte[] confirmed;

  SocketPull(Target target) throws IOException {
    wire = new Wire(target.url());
    pulled = wire.address("pulled");
    confirmed = wire.address("confirmed");
  }

  @Override
  public void drain(int tasks, EmptyPulls emptyPulls) throws IOException {
    int asked = ask(Math.min(tasks, ASKED_AHEAD));
    for (int received = 1; received <= tasks; received++) {
      wire.next();
      if (!wire.asksForAnswer()) {
        throw new IOException("instead of a task: " + wire.body());
      }
      wire.answer(received == tasks ? confirmed : NO_REPLY, ACK);
      if (asked < tasks && asked - received <= ASKED_AHEAD / 2) {
        asked += ask(Math.min(tasks - asked, ASKED_AHEAD / 2));
      }
    }
    // The acks of a consumer are handled in order: the confirmation of the last one stands for all.
    do {
      wire.next();
    } while (!wire.isFor(confirmed));
  }

  private int ask(int tasks) throws IOException {
    wire.publish(
        pullSubject, pulled, Wire.ascii("{\"batch\":" + tasks + ",\"expires\":30000000000}"));
    return tasks;
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
