// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A prefetching puller counts what it has requested, not more and not less. */
class OpenRequestsTest {

  private final OpenRequests open = new OpenRequests();

  private void expect(boolean any, int ahead) {
    assertThat(open.anyOpen()).as("a request is open").isEqualTo(any);
    assertThat(open.ahead()).as("tasks ahead").isEqualTo(ahead);
  }

  @Test
  void withoutARequestNothingIsAhead() {
    expect(false, 0);
    open.received();
    expect(false, 0);
  }

  @Test
  void requestsAddUpAndEachMessageTakesOne() {
    open.requested("a", 2, 100);
    open.requested("b", 3, 200);
    expect(true, 5);
    open.received();
    open.received();
    expect(true, 3);
    open.received();
    open.received();
    expect(true, 1);
    open.received();
    expect(false, 0);
    open.received();
    expect(false, 0);
    open.requested("c", 1, 300);
    expect(true, 1);
  }

  @Test
  void aClosedRequestBringsNoMore() {
    open.requested("a", 5, 100);
    open.requested("b", 7, 200);
    open.closed("a", 4, 0);
    expect(true, 8);
    open.closed("a", 4, 0);
    expect(true, 8);
    open.closed("other", 4, 0);
    expect(true, 8);
    open.closed("b", 7, 0);
    expect(false, 0);
  }

  @Test
  void queuedMessagesAreAheadAlsoOfAClosedRequest() {
    open.requested("a", 5, 100);
    open.requested("b", 7, 200);
    open.closed("a", 12, 3);
    expect(true, 3);
    open.closed("b", 7, 2);
    expect(false, 2);
  }

  @Test
  void aRequestExpiresAtItsTimeAndNotBefore() {
    open.requested("a", 5, 100);
    open.requested("b", 7, 200);
    open.expire(99, 0);
    expect(true, 12);
    open.expire(100, 0);
    expect(true, 12);
    open.closed("a", 5, 0);
    expect(true, 12);
    open.expire(200, 4);
    expect(false, 4);
  }

  /** The monotonic clock can have any value. */
  @Test
  void anExpiryBeyondTheLargestTimeIsLater() {
    open.requested("a", 5, Long.MAX_VALUE + 10);
    open.expire(Long.MAX_VALUE - 10, 0);
    expect(true, 5);
    open.expire(Long.MAX_VALUE + 10, 0);
    expect(false, 0);
  }

  @Test
  void severalRequestsExpireTogether() {
    open.requested("a", 5, 100);
    open.requested("b", 7, 200);
    open.expire(500, 1);
    expect(false, 1);
  }

  @Test
  void aResetForgetsEachRequest() {
    open.requested("a", 5, 100);
    open.requested("b", 7, 200);
    open.reset(2);
    expect(false, 2);
    open.closed("b", 1, 0);
    expect(false, 2);
    open.requested("c", 1, 300);
    expect(true, 3);
  }
}
