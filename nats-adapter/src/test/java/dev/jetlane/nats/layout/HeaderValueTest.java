// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderValueTest {

  /** Encoded words as other libraries read and write them: RFC 2047, section 2. */
  @Test
  void wordsOfTheStandardAreDecoded() {
    assertThat(HeaderValue.encode("größe ✓")).isEqualTo("=?UTF-8?B?Z3LDtsOfZSDinJM=?=");
    assertThat(HeaderValue.decode("=?utf-8?b?Z3LDtsOfZSDinJM=?=")).isEqualTo("größe ✓");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "00-0af7-01", "a=?UTF-8?B?YQ==?=", "~", "a?="})
  void asciiIsNotEncoded(String value) {
    assertThat(HeaderValue.encode(value)).isEqualTo(value);
    assertThat(HeaderValue.decode(value)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"=?", "=?UTF-8?B?YQ==?=", "=?UTF-8?B?", "é", "😀", "\u202e", "\u007f"})
  void otherValuesAreEncoded(String value) {
    assertThat(HeaderValue.encode(value)).matches("=\\?UTF-8\\?B\\?[A-Za-z0-9+/]*=*\\?=");
    assertThat(HeaderValue.decode(HeaderValue.encode(value)))
        .isEqualTo(value.equals("\u007f") ? "" : value);
  }

  /** Values of a client that violates the standard, or Jetlane's rules for values. */
  @Test
  void invalidWordsAreNotDecoded() {
    assertThat(HeaderValue.decode("=?UTF-8?B?not base64?=")).isEqualTo("=?UTF-8?B?not base64?=");
    assertThat(HeaderValue.decode("=?UTF-8?B?=")).isEqualTo("=?UTF-8?B?=");
    assertThat(HeaderValue.decode("=?ISO-8859-1?Q?a?=")).isEqualTo("=?ISO-8859-1?Q?a?=");
    assertThat(HeaderValue.decode("=?UTF-8?B?YQ0KYg==?=")).isEqualTo("a  b");
    assertThat(HeaderValue.decode("=?UTF-8?B?/w==?=")).isEqualTo("\ufffd");
  }
}
