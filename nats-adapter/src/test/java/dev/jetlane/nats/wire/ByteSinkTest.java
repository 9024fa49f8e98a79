// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSinkTest {

  /** Bytes that follow an exactly full array are in the next one. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5, 8})
  void growsAtEveryBoundary(int free) {
    assertThat(after(free, frames -> frames.put('x'))).isEqualTo("x");
    assertThat(after(free, frames -> frames.put("text"))).isEqualTo("text");
    assertThat(after(free, frames -> frames.put(123456789L))).isEqualTo("123456789");
    assertThat(after(free, ByteSink::endLine)).isEqualTo("\r\n");
    assertThat(after(free, frames -> frames.putLong(0x4142434445464748L))).isEqualTo("ABCDEFGH");
  }

  /** Returns the bytes that the call appended to content that left this many bytes free. */
  private static String after(int free, Consumer<ByteSink> call) {
    ByteSink frames = new ByteSink(16);
    String before = "-".repeat(16 - free);
    frames.put(before);

    call.accept(frames);

    String all = new String(frames.array(), 0, frames.size(), StandardCharsets.US_ASCII);
    assertThat(all).startsWith(before);
    return all.substring(before.length());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9, 10, 99, 100, 1_000_000, Long.MAX_VALUE})
  void aNumberIsWrittenInItsDigits(long number) {
    assertThat(after(3, frames -> frames.put(number))).isEqualTo("" + number);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, -1, 255, 256, Long.MIN_VALUE, Long.MAX_VALUE, 0x80_7f_ff_00_01_fe_90_11L})
  void aNumberInEightBytesIsReadFromAnyPlace(long number) {
    ByteSink frames = new ByteSink(4).put("abc").putLong(number).put('x');
    assertThat(ByteSink.longAt(frames.array(), 3)).isEqualTo(number);
    assertThat(frames.array()[11]).isEqualTo((byte) 'x');
  }

  @Test
  void aPartOfAnArrayIsAppended() {
    byte[] source = {'a', 'b', 'c', 'd'};
    assertThat(after(1, frames -> frames.put(source, 1, 2))).isEqualTo("bc");
    assertThat(after(1, frames -> frames.put(source).put(source, 4, 0))).isEqualTo("abcd");
  }

  /** A rare large payload must not keep its memory for the life of the connection. */
  @Test
  void onlyAnArrayOfAtMostAMegabyteIsKept() {
    ByteSink frames = new ByteSink(16);
    for (int size : new int[] {16, 1 << 20, (1 << 20) + 1}) {
      int at = frames.reserve(size);
      assertThat(at).isZero();
      frames.clear();
      assertThat(frames.isEmpty()).isTrue();
      assertThat(frames.array().length).isEqualTo(size > 1 << 20 ? 16 : size);
    }
  }
}
