// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.layout;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The value of a header in a stored message: ASCII unchanged, any other text as one encoded word of
 * RFC 2047 in UTF-8 and base64. Clients that read only ASCII, such as jnats, accept it, and mail
 * and HTTP libraries decode it.
 */
public final class HeaderValue {

  private static final String WORD = "=?";
  private static final String START = WORD + "UTF-8?B?";
  private static final String END = "?=";

  private HeaderValue() {}

  /** Encodes a value. A value that looks like an encoded word is encoded too. */
  public static String encode(String value) {
    if (isPlain(value)) {
      return value;
    }
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    return START + Base64.getEncoder().encodeToString(utf8) + END;
  }

  /** Decodes the value of any client. Returns a value without an encoded word unchanged. */
  static String decode(String written) {
    if (!written.regionMatches(true, 0, START, 0, START.length())
        || !written.endsWith(END)
        || written.length() < START.length() + END.length()) {
      return written;
    }
    String base64 = written.substring(START.length(), written.length() - END.length());
    try {
      return HeaderBlock.clean(
          new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException noWord) {
      return written;
    }
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) > '~') {
        return false;
      }
    }
    return !value.startsWith(WORD);
  }
}
