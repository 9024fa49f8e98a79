// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What a server has written down of a consumer's deliveries, which is all that it knows of them
 * after a kill.
 *
 * <p>A server writes this file some time after a delivery or an ack was answered ({@code
 * server/filestore.go}, flushLoop: at most ten times a second, later on a busy machine). A test
 * that kills it and relies on what it knew must wait for the file; a test of what it forgets
 * deletes it.
 */
public final class ConsumerFile {

  /** Before the numbers: a magic byte and the version ({@code server/store.go}). */
  private static final int HEADER_BYTES = 2;

  private final Path path;

  private ConsumerFile(Path path) {
    this.path = path;
  }

  /**
   * Names the file of a durable consumer.
   *
   * @param server a server that is a child process of this JVM
   * @param stream the stream, in file storage
   * @param consumer the durable name
   * @return the file, which need not be there
   */
  public static ConsumerFile of(NatsServer server, String stream, String consumer) {
    return new ConsumerFile(
        server.store().resolve("jetstream/$G/streams/" + stream + "/obs/" + consumer + "/o.dat"));
  }

  /**
   * The highest stream sequence that is known as delivered.
   *
   * @return 0 if nothing was written
   */
  public long deliveredSequence() {
    return numbers(4);
  }

  /**
   * The stream sequence up to which every task is known as acknowledged.
   *
   * @return 0 if nothing was written
   */
  public long acknowledgedSequence() {
    return numbers(2);
  }

  /**
   * Acknowledged up to here, by consumer and by stream sequence; delivered, the same two.
   *
   * @return the last of so many numbers
   */
  private long numbers(int count) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
      if (bytes.remaining() < HEADER_BYTES) {
        return 0;
      }
      bytes.position(HEADER_BYTES);
      for (int skip = count - 1; skip > 0; skip--) {
        number(bytes);
      }
      return number(bytes);
    } catch (NoSuchFileException none) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes a server that is down forget every delivery of this consumer.
   *
   * @return whether there was something to forget
   */
  public boolean delete() {
    try {
      return Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Seven bits a byte, the lowest first; zero when the file ends, as while it is being written. */
  private static long number(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; bytes.hasRemaining(); shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return 0;
  }
}
