// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

/**
 * A sent pull request.
 *
 * @param reply the subject of its answers
 * @param size the number of requested tasks
 * @param patienceNanos the time within which an answer must arrive
 * @param target where it was sent
 */
record SentRequest(
    String reply, int size, long patienceNanos, RequestTarget target, long sentAtNanos) {

  boolean isOver(long nowNanos) {
    return nowNanos - sentAtNanos >= patienceNanos;
  }
}
