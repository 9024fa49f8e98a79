// SPDX-License-Identifier: Apache-2.0
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
 * The environment of a rival, which is the same for all rivals: the same streams, consumers and
 * tasks.
 *
 * @param url the URL of the server
 * @param storage the storage of the streams
 * @param partitions the number of partitions
 * @param streams the number of streams that they are spread over
 * @param pullers the number of pullers at the same time
 * @param outstanding the number of tasks that others hold under a lease meanwhile
 * @param metrics whether clients of the queue have Micrometer's metrics as listener
 * @param replicas the number of copies of each stream
 * @param priorities the number of priorities of the queue
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

  /** The suffix of the stream of dead letters, which exists although it is empty. */
  static final String DEAD_SUFFIX = "-dead";

  /**
   * Short, because the server remembers every id during it, and a run pushes 100,000 ids per
   * second.
   */
  private static final Duration DEDUP_WINDOW = Duration.ofSeconds(1);

  /** Longer than any task needs that is not lost, even on a slow machine under load. */
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Longer than any run, so that tasks that others hold are not redelivered. */
  private static final Duration LEASE_OF_OTHERS = Duration.ofHours(1);

  /** Returns a target with one partition, one stream and one puller. */
  static Target plain(String url, Storage storage) {
    return of(url, storage, 1, 1, 1, 0);
  }

  /** Returns a target with one copy, no metrics and no priorities. */
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

  /** Connects a client of the queue, which creates missing streams. */
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
