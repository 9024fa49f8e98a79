// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The contests, each with the rivals that are compared. */
final class Contests {

  private static final int PAYLOAD_BYTES = 128;
  private static final String PULL = "pullAck";
  private static final String PULL_FEW = "pullAckFew";
  private static final String PULL_LONG = "pullAckLong";
  private static final String PULL_MANY = "pullAckMany";

  private Contests() {}

  static Contest pull(Storage storage) {
    return pulls(
            "Pull + ack in batches of 100",
            PULL,
            storage,
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JETLANE_PREFETCH_2000_UNCONFIRMED,
            PullRival.JETLANE,
            PullRival.JETLANE_UNCONFIRMED,
            PullRival.JNATS_FETCH,
            PullRival.JNATS_FETCH_500,
            PullRival.JNATS_ITERATE,
            PullRival.JNATS_CONSUME,
            PullRival.LOOK_UP_EACH_PULL,
            PullRival.SOCKET,
            PullRival.SOCKET_CONFIRMED)
        .against(PullRival.JNATS_FETCH.entry());
  }

  /** Separate from the others, because its rounds can fail: see {@link CamelPull}. */
  static Contest camel(Storage storage) {
    return pulls(
            "Pull + ack in batches of 100, beside Camel",
            PULL,
            storage,
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JNATS_FETCH,
            PullRival.CAMEL)
        .against(PullRival.JNATS_FETCH.entry());
  }

  /** The hot path with small and with large tasks. */
  static Contest payload(Storage storage, int payloadBytes) {
    String title = title("Pull + ack in batches of 100", payloadBytes, storage);
    List<Entry> entries =
        entries(
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JNATS_FETCH,
            PullRival.JNATS_CONSUME,
            PullRival.SOCKET);
    return pulls(title, PULL, storage, entries)
        .against(PullRival.JNATS_FETCH.entry())
        .with("payloadBytes", String.valueOf(payloadBytes));
  }

  static Contest singlePull(Storage storage) {
    return pulls(
            "Pull + ack one by one",
            PULL_FEW,
            storage,
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JETLANE_UNCONFIRMED,
            PullRival.JETLANE_BLOCKING,
            PullRival.JNATS_FETCH,
            PullRival.JNATS_ACK_SYNC,
            PullRival.LOOK_UP_EACH_PULL,
            PullRival.SOCKET)
        .against(PullRival.JNATS_FETCH.entry())
        .with("batch", "1");
  }

  /** Pulls with confirmed acks. A loop of {@code ackSync} takes a round trip for each task. */
  static Contest confirmedPull(Storage storage) {
    return pulls(
            "Pull in batches of 100, every ack confirmed",
            PULL_FEW,
            storage,
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE,
            PullRival.JETLANE_BLOCKING,
            PullRival.JNATS_ACK_SYNC)
        .against(PullRival.JNATS_ACK_SYNC.entry());
  }

  /** The cost of optional features on the hot path. */
  static Contest upkeep(Storage storage) {
    return pulls(
        "Pull + ack in batches of 100 with lease keeper and metrics",
        PULL,
        storage,
        PullRival.JETLANE_PREFETCH,
        PullRival.JETLANE_PREFETCH_KEEPER,
        PullRival.JETLANE_PREFETCH_METRICS);
  }

  /** Workers, which most users use, with handlers that do nothing. */
  static Contest worker(Storage storage) {
    return pulls(
            "A worker, handlers that do nothing, every ack confirmed",
            PULL_LONG,
            storage,
            PullRival.JETLANE_PREFETCH,
            PullRival.WORKER_1,
            PullRival.WORKER_8,
            PullRival.WORKER_64,
            PullRival.JNATS_CONSUME_POOL)
        .against(PullRival.JETLANE_PREFETCH.entry());
  }

  /** The overhead of the queue with few slow handlers. */
  static Contest sleepingWorker(Storage storage) {
    return pulls(
            "A worker, 8 handlers of 1 ms",
            PULL,
            storage,
            PullRival.SLEEPING_8_ALONE,
            PullRival.WORKER_8_SLEEPING)
        .against(PullRival.SLEEPING_8_ALONE.entry());
  }

  /** The same with many handlers. */
  static Contest busyWorker(Storage storage) {
    return pulls(
            "A worker, 64 handlers of 1 ms",
            PULL_LONG,
            storage,
            PullRival.SLEEPING_64_ALONE,
            PullRival.WORKER_64_SLEEPING,
            PullRival.JNATS_CONSUME_SLEEPING)
        .against(PullRival.SLEEPING_64_ALONE.entry());
  }

  /** Handlers that wait, on virtual threads, against handlers that do nothing. */
  static Contest virtualWorker(Storage storage) {
    return pulls(
            "A worker, 1,000 handlers of 5 ms on virtual threads",
            PULL_LONG,
            storage,
            PullRival.WORKER_64,
            PullRival.WORKER_1000_VIRTUAL)
        .against(PullRival.WORKER_64.entry());
  }

  /** From push to handler. */
  static Contest idleWorker(Storage storage) {
    return latency(storage)
        .with(
            Stream.of(WaitRival.JETLANE, WaitRival.WORKER, WaitRival.JNATS_CONSUME)
                .map(WaitRival::entry)
                .toList())
        .against(WaitRival.JETLANE.entry());
  }

  /** Three copies of each task on three servers. */
  static List<Contest> cluster(Storage storage, int replicas) {
    String copies = ", replicas " + replicas;
    List<Contest> contests =
        List.of(
            pushes(
                    "Push, pipelined, all confirmed" + copies,
                    "push",
                    storage,
                    PushRival.JETLANE_ASYNC,
                    PushRival.JNATS_ASYNC,
                    PushRival.JNATS_ASYNC_IDS)
                .against(PushRival.JNATS_ASYNC_IDS.entry()),
            pulls(
                    "Pull + ack in batches of 100" + copies,
                    PULL,
                    storage,
                    PullRival.JETLANE_PREFETCH,
                    PullRival.JETLANE_PREFETCH_UNCONFIRMED,
                    PullRival.JETLANE,
                    PullRival.JNATS_FETCH,
                    PullRival.JNATS_CONSUME)
                .against(PullRival.JNATS_CONSUME.entry()),
            pulls(
                    "A worker, handlers that do nothing, every ack confirmed" + copies,
                    PULL,
                    storage,
                    PullRival.WORKER_8,
                    PullRival.WORKER_64,
                    PullRival.JNATS_CONSUME_POOL)
                .against(PullRival.JNATS_CONSUME_POOL.entry()));
    return contests.stream().map(c -> c.with("replicas", String.valueOf(replicas))).toList();
  }

  /** The alternatives to the queue: see {@link PeerRival}. */
  static List<Contest> peers() {
    return List.of(
        peers("Push, all confirmed", "push"),
        peers("8 handlers that do nothing and acknowledge each task", "handle"));
  }

  private static Contest peers(String work, String method) {
    return Contest.of(
            title(work, PAYLOAD_BYTES, Storage.FILE),
            PeerBenchmark.class,
            method,
            Stream.of(PeerRival.values()).map(PeerRival::entry).toList())
        .showing(Metric.THROUGHPUT, Metric.CLIENT_CPU)
        .with("storage", Storage.FILE.name());
  }

  /** The cost of features, each compared with the plain path. */
  static List<Contest> features(Storage storage) {
    return List.of(
        feature("Delayed tasks, due at one moment", storage, FeatureRival.PUSH, FeatureRival.DUE),
        feature("Priorities, pulled", storage, FeatureRival.PULL, FeatureRival.PULL_PRIORITIES),
        feature("Priorities, worked", storage, FeatureRival.WORKER, FeatureRival.WORKER_PRIORITIES),
        idlePriorities(storage),
        feature("Dead letters, made", storage, FeatureRival.WORKER_32, FeatureRival.DEAD_LETTERS),
        operatedLetters(storage),
        feature(
            "Kept leases",
            storage,
            FeatureRival.PULL_BESIDE_LEASES,
            FeatureRival.PULL_BESIDE_KEPT_LEASES));
  }

  /** From push to handler, without and with priorities. */
  static Contest idlePriorities(Storage storage) {
    Entry worker = WaitRival.WORKER.entry();
    return latency(storage)
        .with(List.of(worker, worker.with("jetlane worker, 4 priorities", "priorities", "4")))
        .against(worker);
  }

  /** An operator's calls, with few letters, because each letter may need an exchange. */
  static Contest operatedLetters(Storage storage) {
    return feature(
        "Dead letters, listed and redriven",
        "featureFew",
        storage,
        FeatureRival.PUSH,
        FeatureRival.LIST_DEAD_LETTERS,
        FeatureRival.REDRIVE);
  }

  static Contest feature(String work, Storage storage, FeatureRival... rivals) {
    return feature(work, "feature", storage, rivals);
  }

  private static Contest feature(
      String work, String method, Storage storage, FeatureRival... rivals) {
    return Contest.of(
            title(work, PAYLOAD_BYTES, storage),
            FeatureBenchmark.class,
            method,
            Stream.of(rivals).map(FeatureRival::entry).toList())
        .showing(Metric.THROUGHPUT, Metric.SERVER_CPU, Metric.CLIENT_CPU)
        .with("storage", storage.name());
  }

  static Contest push(Storage storage) {
    return pushes(
            "Push, pipelined, all confirmed",
            "push",
            storage,
            PushRival.JETLANE_ALL,
            PushRival.JETLANE_ASYNC,
            PushRival.JNATS_ASYNC,
            PushRival.JNATS_ASYNC_IDS,
            PushRival.SOCKET)
        .against(PushRival.JNATS_ASYNC.entry());
  }

  /** Pushes with a round trip per task. */
  static Contest singlePush(Storage storage) {
    return pushes(
            "Push one by one, each confirmed",
            "pushFew",
            storage,
            PushRival.JETLANE_PUSH,
            PushRival.JNATS_SYNC,
            PushRival.SOCKET_ONE_BY_ONE)
        .against(PushRival.SOCKET_ONE_BY_ONE.entry());
  }

  static Contest latency(Storage storage) {
    return Contest.of(
            title("From push to pulled, with a puller waiting", PAYLOAD_BYTES, storage),
            LatencyBenchmark.class,
            "pushToPulled",
            Stream.of(WaitRival.values()).map(WaitRival::entry).toList())
        .against(WaitRival.SOCKET.entry())
        .showing(Metric.P50, Metric.P99)
        .with("storage", storage.name());
  }

  static Contest sweep(Sweep sweep, Storage storage, Long... values) {
    return pulls(title(sweep.title(), PAYLOAD_BYTES, storage), PULL, storage, sweep.entries(values))
        .sweeping(sweep.parameter());
  }

  /** Partitions in use, in one stream and spread over several. */
  static Contest partitions(Storage storage, int streams, Long... values) {
    Sweep sweep = Sweep.PARTITIONS;
    Entry jetlane = PullRival.JETLANE.entry();
    String spread = jetlane.label() + ", " + streams + " streams";
    List<Entry> entries = new ArrayList<>(sweep.entries(values));
    for (Long partitions : values) {
      entries.add(
          jetlane
              .with(spread, "streams", String.valueOf(streams))
              .inSeries(spread)
              .at(sweep.parameter(), partitions));
    }
    return pulls(title(sweep.title(), PAYLOAD_BYTES, storage), PULL_MANY, storage, entries)
        .sweeping(sweep.parameter());
  }

  /** Push, pull and ack on the fake, with a growing number of leases that others hold. */
  static Contest fake(Long... outstanding) {
    Entry fake = new Entry("FAKE", "in-memory fake", "in-memory fake", Map.of());
    List<Entry> entries =
        Stream.of(outstanding)
            .map(
                leases ->
                    fake.with(
                        fake.label() + ", " + Metric.whole((double) leases) + " leases held",
                        "outstanding",
                        leases.toString()))
            .toList();
    return Contest.of(
            "Push + pull + ack in memory, one thread, " + PAYLOAD_BYTES + "-byte payload",
            FakeBenchmark.class,
            "cycle",
            entries)
        .inOwnJvm();
  }

  private static Contest pulls(String work, String method, Storage storage, PullRival... rivals) {
    return pulls(title(work, PAYLOAD_BYTES, storage), method, storage, entries(rivals));
  }

  private static Contest pulls(String title, String method, Storage storage, List<Entry> entries) {
    return Contest.of(title, PullBenchmark.class, method, entries)
        .showing(
            Metric.THROUGHPUT,
            Metric.ALLOCATION,
            Metric.SERVER_CPU,
            Metric.CLIENT_CPU,
            Metric.SWITCHES,
            Metric.EMPTY_PULLS)
        .with("storage", storage.name());
  }

  private static Contest pushes(String work, String method, Storage storage, PushRival... rivals) {
    return Contest.of(
            title(work, PAYLOAD_BYTES, storage),
            PushBenchmark.class,
            method,
            Stream.of(rivals).map(PushRival::entry).toList())
        .showing(
            Metric.THROUGHPUT,
            Metric.ALLOCATION,
            Metric.SERVER_CPU,
            Metric.CLIENT_CPU,
            Metric.SWITCHES)
        .with("storage", storage.name());
  }

  private static List<Entry> entries(PullRival... rivals) {
    return Stream.of(rivals).map(PullRival::entry).toList();
  }

  private static String title(String work, int payloadBytes, Storage storage) {
    return String.format(
        Locale.ROOT,
        "%s, %,d-byte payload, %s storage",
        work,
        payloadBytes,
        storage.name().toLowerCase(Locale.ROOT));
  }
}
