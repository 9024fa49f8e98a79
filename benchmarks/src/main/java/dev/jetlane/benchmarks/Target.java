package dev.jetlane.benchmarks;

import java.util.Arrays;

/**
 * The partition that a rival works on. It is the same for all of them: the same stream, the same
 * consumer, the same tasks.
 *
 * @param url of the server
 * @param storage of the stream
 * @param batch how many tasks a pull asks for
 */
record Target(String url, Storage storage, int batch) {

  static final String STREAM = "jetlane-benchmark";
  static final String PREFIX = "jetlane-benchmark";
  static final String PARTITION = "drain";
  static final String SUBJECT = PREFIX + "." + PARTITION;

  /** One consumer per partition, named after it. */
  static final String CONSUMER = PARTITION;

  static byte[] payload(int bytes) {
    byte[] payload = new byte[bytes];
    Arrays.fill(payload, (byte) 'x');
    return payload;
  }
}
