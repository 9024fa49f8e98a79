package dev.jetlane.benchmarks;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsTaskQueue;
import java.time.Duration;
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

  /** Where the queue puts its dead letters: none here, but the stream is there. */
  static final String DEAD_STREAM = STREAM + "-dead";

  /**
   * Short, because the server remembers every id for as long, and a run pushes 100,000 a second.
   */
  private static final Duration DEDUP_WINDOW = Duration.ofSeconds(1);

  /** One consumer per partition, named after it. */
  static final String CONSUMER = PARTITION;

  /** A client of the queue, which creates the stream when it is not there. */
  TaskQueue connect() {
    return NatsTaskQueue.connect(
        NatsOptions.defaults()
            .withUrl(url)
            .withStream(STREAM)
            .withSubjectPrefix(PREFIX)
            .withStorage(
                storage == Storage.FILE ? NatsOptions.Storage.FILE : NatsOptions.Storage.MEMORY)
            .withQueue(QueueConfig.defaults().withDedupWindow(DEDUP_WINDOW)));
  }

  static byte[] payload(int bytes) {
    byte[] payload = new byte[bytes];
    Arrays.fill(payload, (byte) 'x');
    return payload;
  }
}
