// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
}
