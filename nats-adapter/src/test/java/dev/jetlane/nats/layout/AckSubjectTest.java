// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AckSubjectTest {

  private static final String PREFIX = "$JS.ACK.s.p.";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$JS.ACK.s.p.3.42.7.1700000000123456789.11",
        "$JS.ACK.s2.q.3.42.7.1700000000123456789.11",
        "$JS.ACK.hub.ABCDEF.s.p.3.42.7.1700000000123456789.11",
        "$JS.ACK._.ABCDEF.s.p.3.42.7.1700000000123456789.11.x1y2"
      })
  void readsEveryForm(String reply) {
    int at = AckSubject.numbersAt(reply, PREFIX);
    assertThat(AckSubject.number(reply, at, AckSubject.DELIVERED)).isEqualTo(3);
    assertThat(AckSubject.number(reply, at, AckSubject.STREAM_SEQUENCE)).isEqualTo(42);
    assertThat(AckSubject.number(reply, at, AckSubject.STORED_AT_NANOS))
        .isEqualTo(1_700_000_000_123_456_789L);
    assertThat(AckSubject.number(reply, at, AckSubject.PENDING)).isEqualTo(11);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "_INBOX.a",
        "$JS.ACK.",
        "$JS.ACK.s",
        "$JS.FC.s.p.1.2.3.4.5",
        "$JS.ACK.s.q.1.2.3"
      })
  void refusesOtherSubjects(String reply) {
    assertThat(AckSubject.numbersAt(reply, PREFIX)).isEqualTo(-1);
  }

  @Test
  void aNumberThatIsMissingIsMinusOne() {
    String reply = PREFIX + "3.x.";
    int at = AckSubject.numbersAt(reply, PREFIX);
    assertThat(AckSubject.number(reply, at, AckSubject.STREAM_SEQUENCE)).isEqualTo(-1);
    assertThat(AckSubject.number(reply, at, 2)).isEqualTo(-1);
    assertThat(AckSubject.number(reply, at, AckSubject.PENDING)).isEqualTo(-1);
  }

  @Test
  void aSubjectThatARouteSplitIsRestored() {
    String reply = "$JS.ACK.jetlane.@later.1.104.1.1795706388201283993.0";
    String torn = reply + "@jetlane.gpu.";
    assertThat(AckSubject.whole(torn)).isEqualTo(reply);
    assertThat(AckSubject.subject(torn, "later.bGF0")).isEqualTo("jetlane.gpu.@later.bGF0");
    assertThat(AckSubject.whole(reply)).isEqualTo(reply);
    assertThat(AckSubject.subject(reply, "jetlane.gpu.@later.bGF0"))
        .isEqualTo("jetlane.gpu.@later.bGF0");
  }

  /** A consumer whose name ends or begins with that of another one is another consumer. */
  @ParameterizedTest
  @CsvSource({"p, true", "q.p, false", "s.p, true", "xp, false", "px, false", "s, false"})
  void theConsumerIsTheTokenBeforeTheNumbers(String consumer, boolean isOf) {
    String reply = "$JS.ACK.hub.ABCDEF.s.p.3.42.7.17.11";
    int at = AckSubject.numbersAt(reply, PREFIX);
    assertThat(AckSubject.isOf(consumer, reply, at)).isEqualTo(isOf);
    assertThat(AckSubject.isOf(reply, reply, at)).isFalse();
    String longer = "$JS.ACK.s.xp.3.42.7.17.11";
    assertThat(AckSubject.isOf("p", longer, AckSubject.numbersAt(longer, PREFIX))).isFalse();
  }

  @Test
  void aReplySubjectWithoutANumberAtItsEndIsWhole() {
    assertThat(AckSubject.whole("$JS.ACK.s.p.1.2.3.4.")).isEqualTo("$JS.ACK.s.p.1.2.3.4.");
    assertThat(AckSubject.subject("$JS.ACK.s.p.1.2.3.4.", "x")).isEqualTo("x");
    assertThat(AckSubject.whole("$JS.ACK.s.p@1.1.2.3.4.5")).isEqualTo("$JS.ACK.s.p@1.1.2.3.4.5");
    assertThat(AckSubject.whole("$JS.ACK.s.p@1.1.2.3.4.5@a.b."))
        .isEqualTo("$JS.ACK.s.p@1.1.2.3.4.5");
    assertThat(AckSubject.subject("$JS.ACK.s.p@1.1.2.3.4.5@a.b.", "priority.1"))
        .isEqualTo("a.b.@priority.1");
  }

  @Test
  void aNumberEndsWithItsToken() {
    int at = PREFIX.length();
    assertThat(AckSubject.number(PREFIX + "0.9", at, AckSubject.DELIVERED)).isZero();
    assertThat(AckSubject.number(PREFIX + "9223372036854775807", at, AckSubject.DELIVERED))
        .isEqualTo(Long.MAX_VALUE);
    assertThat(AckSubject.number(PREFIX + "1/", at, AckSubject.DELIVERED)).isEqualTo(-1);
    assertThat(AckSubject.number(PREFIX + "1:", at, AckSubject.DELIVERED)).isEqualTo(-1);
    assertThat(AckSubject.number(PREFIX, at, AckSubject.DELIVERED)).isEqualTo(-1);
  }
}
