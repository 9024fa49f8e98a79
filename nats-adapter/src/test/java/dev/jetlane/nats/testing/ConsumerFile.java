// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The file in which a server stores the deliveries of a consumer, which is all that it knows of
 * them after a kill.
 *
 * <p>A server writes this file some time after it answered a delivery or an ack ({@code
 * server/filestore.go}, flushLoop: at most ten times a second, later on a busy machine). A test
 * that kills the server and relies on its deliveries waits for the file; a test of a server that
 * forgets deletes it.
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
   * Returns the highest delivered stream sequence.
   *
   * @return 0 without a file
   */
  public long deliveredSequence() {
    return numbers(4);
  }

  /**
   * Returns the stream sequence up to which every task is acknowledged.
   *
   * @return 0 without a file
   */
  public long acknowledgedSequence() {
    return numbers(2);
  }

  /**
   * Reads the first numbers of the file: the acknowledged consumer and stream sequence, then the
   * delivered ones.
   *
   * @return the last of these numbers
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
   * Makes a stopped server forget every delivery of this consumer.
   *
   * @return whether the file existed
   */
  public boolean delete() {
    try {
      return Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads seven bits per byte, the lowest first; returns zero for a file that is incomplete. */
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
