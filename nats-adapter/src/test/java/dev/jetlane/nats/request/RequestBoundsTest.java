// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jetlane.nats.request.Request.Repeat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a request may be sent again, on each side of each bound, with any value of the clock. */
class RequestBoundsTest {

  private static final long KNOWN_NANOS = 1_000;
  private static final long AGAIN_NANOS = 100;
  private static final long ALLOWED_NANOS = 5_000;

  private SentRecord request = SentRecord.always();

  @BeforeEach
  void create() {
    create(Repeat.ALWAYS);
  }

  private void create(Repeat repeat) {
    request = new SentRecord(repeat, "recorder");
  }

  private void start(long now) {
    request.startAt(now, now + ALLOWED_NANOS);
  }

  private void start(long now, int tries) {
    start(now);
    for (int i = 0; i < tries; i++) {
      request.sentAt(now, now + AGAIN_NANOS);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 50, Long.MAX_VALUE - 2_000, -10})
  void aTryIsDueFromItsTimeToTheDeadline(long now) {
    start(now, 1);
    assertThat(request.isDue(now + AGAIN_NANOS - 1, KNOWN_NANOS)).as("before its time").isFalse();
    assertThat(request.isDue(now + AGAIN_NANOS, KNOWN_NANOS)).as("at its time").isTrue();
    assertThat(request.isDue(now + ALLOWED_NANOS - 1, KNOWN_NANOS))
        .as("before the deadline")
        .isTrue();
    assertThat(request.isDue(now + ALLOWED_NANOS, KNOWN_NANOS)).as("at the deadline").isFalse();
  }

  /** Its sender has not yet begun the first try, or it has left the table. */
  @Test
  void onlyABegunAndOpenRequestIsDue() {
    start(0);
    assertThat(request.isDue(AGAIN_NANOS, KNOWN_NANOS)).as("not begun").isFalse();
    start(0, 1);
    request.done = true;
    assertThat(request.isDue(AGAIN_NANOS, KNOWN_NANOS)).as("done").isFalse();
  }

  @ParameterizedTest
  @EnumSource(Repeat.class)
  void anUnansweredTryIsRepeatedOnlyIfThatChangesNothing(Repeat repeat) {
    create(repeat);
    start(0, 1);
    assertThat(request.isDue(KNOWN_NANOS - 1, KNOWN_NANOS))
        .as("while the server knows the id")
        .isEqualTo(repeat != Repeat.NEVER);
    assertThat(request.isDue(KNOWN_NANOS, KNOWN_NANOS))
        .as("from when the server may have forgotten it")
        .isEqualTo(repeat == Repeat.ALWAYS);
  }

  /** A try that reached no server did nothing, and the id is known from the first one that did. */
  @ParameterizedTest
  @EnumSource(Repeat.class)
  void aTryThatWasNotSentIsRepeatedWhileTheRequestIsTimely(Repeat repeat) {
    create(repeat);
    start(0, 1);
    request.notSent("down", AGAIN_NANOS, false);
    assertThat(request.isDue(KNOWN_NANOS + 1, KNOWN_NANOS)).as("timely").isTrue();
    request.timely = false;
    assertThat(request.isDue(KNOWN_NANOS + 1, KNOWN_NANOS)).as("too late").isFalse();
    request.timely = true;
    request.sentAt(2_000, 2_000);
    assertThat(request.firstSentNanos).as("the first try that was sent").isEqualTo(2_000);
    request.sentAt(2_500, 2_500);
    assertThat(request.firstSentNanos).as("the first of two tries").isEqualTo(2_000);
  }

  @Test
  void onlyASecondUnansweredTryIsARepetition() {
    start(0, 1);
    assertThat(request.wasRepeated()).as("first try").isFalse();
    request.notSent("down", 0, false);
    request.sentAt(0, 0);
    assertThat(request.wasRepeated()).as("first try that was sent").isFalse();
    request.sentAt(0, 0);
    assertThat(request.wasRepeated()).as("second try").isTrue();
  }

  @Test
  void aTryThatWasNotSentIsTakenBackOnce() {
    start(0, 2);
    request.notSent("first", 7, false);
    assertThat(request.unanswered).isEqualTo(1);
    assertThat(request.lastRefusal).isEqualTo("first");
    assertThat(request.resendAtNanos).isEqualTo(7);
    request.notSent("second", 8, false);
    request.notSent("third", 9, false);
    assertThat(request.unanswered).isZero();
    assertThat(request.lastRefusal).isEqualTo("third");
  }

  @Test
  void aHopelessRequestStaysHopeless() {
    start(0, 1);
    assertThat(request.isHopeless()).isFalse();
    request.notSent("too large", 0, true);
    request.notSent("down", 0, false);
    assertThat(request.isHopeless()).isTrue();
  }

  @Test
  void theAllowedTimeIsPositive() {
    for (long deadline : new long[] {-5, 0, 1}) {
      request.startAt(0, deadline);
      assertThat(request.allowedNanos()).as("deadline %d", deadline).isEqualTo(1);
    }
    request.startAt(Long.MAX_VALUE, Long.MIN_VALUE + 6);
    assertThat(request.allowedNanos()).as("the clock overflows").isEqualTo(7);
  }

  /** Its error may say that nothing was sent. */
  @Test
  void aRequestThatHasEndedIsNotSentAnyMore() {
    start(0);
    request.done = true;
    assertThat(request.sentAt(0, 0)).isFalse();
    assertThat(request.unanswered).isZero();
    start(0);
    request.done = false;
    assertThat(request.sentAt(0, 0)).isTrue();
  }
}
