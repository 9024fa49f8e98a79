// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;

/**
 * As {@code InboundStreamTest}, with byte streams that Jazzer derives from the code that they
 * reach: {@code mvn test -P fuzz -am -pl nats-adapter}. A stream that fails is written to {@code
 * src/test/resources}, whose streams every build checks.
 */
class InboundFuzz {

  private static final List<List<Integer>> CUTS =
      List.of(List.of(1), List.of(7, 3), List.of(100_000));

  @FuzzTest(maxDuration = "10m")
  void theFilterAgreesWithASlowParserOnAnyBytes(byte[] stream) {
    for (List<Integer> cuts : CUTS) {
      InboundReference.check(new String(stream, ISO_8859_1), cuts);
    }
  }
}
