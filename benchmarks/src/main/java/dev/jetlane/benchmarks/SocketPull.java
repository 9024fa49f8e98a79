// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * The practical limit: {@link Wire} with pull requests that overlap, so that the server never waits
 * for one. It sends a new request when half of the requested tasks have arrived. It empties one
 * partition after the other.
 *
 * <p>Either the last ack of a partition is confirmed, or every ack.
 */
final class SocketPull implements PullLoop {

  private static final int ASKED_AHEAD = 2_000;
  private static final byte[] ACK = Wire.ascii("+ACK");
  private static final byte[] NO_REPLY = {};

  private final Wire wire;
  private final List<Place> places;
  private final byte[] pulled;
  private final byte[] confirmed;
  private final boolean confirmEach;

  SocketPull(Target target, List<Place> places, boolean confirmEach) throws IOException {
    wire = new Wire(target.url());
    this.places = places;
    this.confirmEach = confirmEach;
    pulled = wire.address("pulled");
    confirmed = wire.address("confirmed");
  }

  @Override
  public long drain(Work work) throws IOException {
    for (Place place : places) {
      int tasks = work.takeShare(place);
      if (tasks > 0) {
        drain(pullSubject(place), tasks);
      }
    }
    return 0;
  }

  static byte[] pullSubject(Place place) {
    return Wire.ascii("$JS.API.CONSUMER.MSG.NEXT." + place.stream() + "." + place.consumer());
  }

  private void drain(byte[] pullSubject, int tasks) throws IOException {
    int asked = ask(pullSubject, Math.min(tasks, ASKED_AHEAD));
    // A consumer processes acks in order, so the confirmation of the last one confirms all.
    int unconfirmed = confirmEach ? tasks : 1;
    int received = 0;
    while (received < tasks || unconfirmed > 0) {
      wire.next();
      if (wire.isFor(confirmed)) {
        unconfirmed--;
        continue;
      }
      if (!wire.asksForAnswer()) {
        throw new IOException("expected a task, and received: " + wire.body());
      }
      received++;
      wire.answer(confirmEach || received == tasks ? confirmed : NO_REPLY, ACK);
      if (asked < tasks && asked - received <= ASKED_AHEAD / 2) {
        asked += ask(pullSubject, Math.min(tasks - asked, ASKED_AHEAD / 2));
      }
    }
  }

  private int ask(byte[] pullSubject, int tasks) throws IOException {
    wire.publish(
        pullSubject, pulled, Wire.ascii("{\"batch\":" + tasks + ",\"expires\":30000000000}"));
    return tasks;
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
