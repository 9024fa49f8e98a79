package dev.jetlane.benchmarks;

import dev.jetlane.QueueConfig;
import dev.jetlane.TaskQueue;
import dev.jetlane.micrometer.QueueMetrics;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Arrays;

/**
 * What a rival works on. It is the same for all of them: the same streams, the same consumers, the
 * same tasks.
 *
 * @param url of the server
 * @param storage of the streams
 * @param partitions how many
 * @param streams how many they are spread over
 * @param pullers how many work at the same time
 * @param outstanding how many tasks others hold under a lease meanwhile
 * @param metrics whether clients of the queue have a listener that feeds Micrometer
 * @param replicas how many copies the server keeps of each stream
 * @param priorities of the queue
 */
record Target(
    String url,
    Storage storage,
    int partitions,
    int streams,
    int pullers,
    int outstanding,
    boolean metrics,
    int replicas,
    int priorities) {

  static final String STREAM = "jetlane-benchmark";
  static final String PREFIX = "jetlane-benchmark";

  /** How the stream of the dead letters ends: none here, but it is there. */
  static final String DEAD_SUFFIX = "-dead";

  /**
   * Short, because the server remembers every id for as long, and a run pushes 100,000 a second.
   */
  private static final Duration DEDUP_WINDOW = Duration.ofSeconds(1);

  /** Never reached by a task that is not lost, on a slow machine under load either. */
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Longer than any run: what others hold is not to come back. */
  private static final Duration LEASE_OF_OTHERS = Duration.ofHours(1);

  /** One partition, one stream, one puller. */
  static Target plain(String url, Storage storage) {
    return of(url, storage, 1, 1, 1, 0);
  }

  /** One copy, no metrics, no priorities. */
  static Target of(
      String url, Storage storage, int partitions, int streams, int pullers, int outstanding) {
    return new Target(url, storage, partitions, streams, pullers, outstanding, false, 1, 1);
  }

  Target withMetrics() {
    return new Target(
        url, storage, partitions, streams, pullers, outstanding, true, replicas, priorities);
  }

  Target withReplicas(int copies) {
    return new Target(
        url, storage, partitions, streams, pullers, outstanding, metrics, copies, priorities);
  }

  Target withPriorities(int levels) {
    return new Target(
        url, storage, partitions, streams, pullers, outstanding, metrics, replicas, levels);
  }

  Target withOutstanding(int tasks) {
    return new Target(
        url, storage, partitions, streams, pullers, tasks, metrics, replicas, priorities);
  }

  static String partition(int index) {
    return "drain-" + index;
  }

  /** A client of the queue, which creates the streams when they are not there. */
  TaskQueue connect() {
    return NatsQueues.connect(options());
  }

  NatsOptions options() {
    QueueConfig config =
        QueueConfig.defaults().withDedupWindow(DEDUP_WINDOW).withPriorities(priorities);
    if (outstanding > 0) {
      config =
          config
              .withLease(LEASE_OF_OTHERS)
              .withMaxOutstanding(outstanding + config.maxOutstanding());
    }
    NatsOptions options =
        NatsOptions.defaults()
            .withUrl(url)
            .withStream(STREAM)
            .withSubjectPrefix(PREFIX)
            .withStreams(streams)
            .withReplicas(replicas)
            .withRequestTimeout(TIMEOUT)
            .withStorage(
                storage == Storage.FILE ? NatsOptions.Storage.FILE : NatsOptions.Storage.MEMORY)
            .withQueue(config);
    return metrics ? options.withListener(new QueueMetrics(new SimpleMeterRegistry())) : options;
  }

  static byte[] payload(int bytes) {
    byte[] payload = new byte[bytes];
    Arrays.fill(payload, (byte) 'x');
    return payload;
  }
}
