// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
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
}
