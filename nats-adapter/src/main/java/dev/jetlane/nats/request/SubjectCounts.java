// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The counts of one page of subjects in the information on a stream. A page has up to 100,000
 * subjects, and a parser would create as many objects; this class only adds numbers.
 *
 * @param messages the number of messages on the subjects of this page
 * @param subjects the number of subjects on this page
 * @param total the number of subjects on all pages
 */
record SubjectCounts(long messages, long subjects, long total) {

  private static final byte[] SUBJECTS = ascii("\"subjects\":{");
  private static final byte[] TOTAL = ascii("\"total\":");

  static SubjectCounts read(byte[] json) throws IOException {
    int totalAt = after(TOTAL, json, 0);
    int at = after(SUBJECTS, json, 0);
    if (at < 0 || json[at] == '}') {
      return new SubjectCounts(0, 0, 0);
    }
    long messages = 0;
    long subjects = 0;
    while (true) {
      at = afterString(json, at) + 1; // Skips the colon.
      messages += number(json, at);
      subjects++;
      while (at < json.length && json[at] != ',' && json[at] != '}') {
        at++;
      }
      if (at >= json.length) {
        throw new IOException("the answer is truncated");
      }
      if (json[at++] == '}') {
        return new SubjectCounts(
            messages, subjects, totalAt < 0 ? subjects : number(json, totalAt));
      }
    }
  }

  /** Returns the end of the string that starts here. */
  private static int afterString(byte[] json, int start) throws IOException {
    for (int at = start + 1; at < json.length; at++) {
      if (json[at] == '\\') {
        at++;
      } else if (json[at] == '"') {
        return at + 1;
      }
    }
    throw new IOException("the answer is truncated");
  }

  private static long number(byte[] json, int start) {
    long value = 0;
    for (int at = start; at < json.length && json[at] >= '0' && json[at] <= '9'; at++) {
      value = value * 10 + (json[at] - '0');
    }
    return value;
  }

  private static int after(byte[] sought, byte[] json, int from) {
    for (int at = from; at + sought.length < json.length; at++) {
      int end = at + sought.length;
      if (json[at] == '"' && Arrays.equals(json, at, end, sought, 0, sought.length)) {
        return end;
      }
    }
    return -1;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
