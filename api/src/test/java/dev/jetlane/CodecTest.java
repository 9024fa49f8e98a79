// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The codecs of bytes and texts, and their chains. */
class CodecTest {

  @Test
  void bytesAreThePayload() throws Exception {
    byte[] value = {1, 2};
    assertThat(Codec.bytes().encode(value)).isSameAs(value);
    assertThat(Codec.bytes().decode(value)).isSameAs(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "gr\u00fcn", "\ud83d\ude00", "a\u0000b"})
  void textsAreUtf8(String text) throws Exception {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    assertThat(Codec.text().encode(text)).isEqualTo(payload);
    assertThat(Codec.text().decode(payload)).isEqualTo(text);
  }

  @Test
  void whatIsNotUtf8IsRefusedInBothDirections() {
    assertThatThrownBy(() -> Codec.text().encode("a\ud83d"))
        .isInstanceOf(CharacterCodingException.class);
    assertThatThrownBy(() -> Codec.text().decode(new byte[] {'a', (byte) 0xff}))
        .isInstanceOf(CharacterCodingException.class);
    assertThatThrownBy(() -> Codec.text().decode(new byte[] {(byte) 0xc3}))
        .isInstanceOf(CharacterCodingException.class);
  }

  /** A codec that adds a byte, and removes it. */
  private static Codec<byte[]> adding(int mark, List<String> calls) {
    return new Codec<>() {
      @Override
      public byte[] encode(byte[] value) {
        calls.add("encode " + mark);
        byte[] longer = java.util.Arrays.copyOf(value, value.length + 1);
        longer[value.length] = (byte) mark;
        return longer;
      }

      @Override
      public byte[] decode(byte[] payload) {
        calls.add("decode " + mark);
        assertThat(payload[payload.length - 1]).isEqualTo((byte) mark);
        return java.util.Arrays.copyOf(payload, payload.length - 1);
      }
    };
  }

  @Test
  void aChainEncodesInItsOrderAndDecodesInTheReverse() throws Exception {
    List<String> calls = new ArrayList<>();
    Codec<String> chain = Codec.text().then(adding(1, calls)).then(adding(2, calls));
    byte[] payload = chain.encode("a");
    assertThat(payload).containsExactly('a', 1, 2);
    assertThat(chain.decode(payload)).isEqualTo("a");
    assertThat(calls).containsExactly("encode 1", "encode 2", "decode 2", "decode 1");
  }

  @Test
  @SuppressWarnings("NullAway") // the subject of the test
  void theOuterCodecIsNeeded() {
    assertThatThrownBy(() -> Codec.text().then(null)).isInstanceOf(InvalidInputException.class);
  }
}
