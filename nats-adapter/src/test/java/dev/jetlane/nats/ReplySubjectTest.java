package dev.jetlane.nats;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplySubjectTest {

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
    int at = ReplySubject.numbersAt(reply, PREFIX);
    assertThat(ReplySubject.number(reply, at, ReplySubject.DELIVERED)).isEqualTo(3);
    assertThat(ReplySubject.number(reply, at, ReplySubject.STREAM_SEQUENCE)).isEqualTo(42);
    assertThat(ReplySubject.number(reply, at, ReplySubject.STORED_AT_NANOS))
        .isEqualTo(1_700_000_000_123_456_789L);
    assertThat(ReplySubject.number(reply, at, ReplySubject.PENDING)).isEqualTo(11);
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
  void refusesWhatIsNone(String reply) {
    assertThat(ReplySubject.numbersAt(reply, PREFIX)).isEqualTo(-1);
  }

  @Test
  void aNumberThatIsMissingIsMinusOne() {
    String reply = PREFIX + "3.x.";
    int at = ReplySubject.numbersAt(reply, PREFIX);
    assertThat(ReplySubject.number(reply, at, ReplySubject.STREAM_SEQUENCE)).isEqualTo(-1);
    assertThat(ReplySubject.number(reply, at, 2)).isEqualTo(-1);
    assertThat(ReplySubject.number(reply, at, ReplySubject.PENDING)).isEqualTo(-1);
  }
}
