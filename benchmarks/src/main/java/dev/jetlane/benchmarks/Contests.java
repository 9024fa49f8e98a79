package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What is measured beside what. */
final class Contests {

  private static final int PAYLOAD_BYTES = 128;

  private Contests() {}

  static Contest pull(Storage storage, int payloadBytes) {
    Contest contest =
        Contest.of(
            title("Pull + ack in batches of 100", payloadBytes, storage),
            PullAckBenchmark.class,
            pulls(
                PullRival.JETLANE_PREFETCH,
                PullRival.JETLANE_PREFETCH_UNCONFIRMED,
                PullRival.JETLANE,
                PullRival.JETLANE_UNCONFIRMED,
                PullRival.JNATS_FETCH,
                PullRival.JNATS_FETCH_500,
                PullRival.JNATS_ITERATE,
                PullRival.JNATS_CONSUME,
                PullRival.CAMEL,
                PullRival.LOOK_UP_EACH_PULL,
                PullRival.SOCKET));
    return pulls(contest, storage)
        .against(PullRival.JNATS_FETCH.entry())
        .with("payloadBytes", String.valueOf(payloadBytes));
  }

  static Contest pull(Storage storage) {
    return pull(storage, PAYLOAD_BYTES);
  }

  static Contest singlePull(Storage storage) {
    Contest contest =
        Contest.of(
            title("Pull + ack one by one", storage),
            SinglePullBenchmark.class,
            pulls(
                PullRival.JETLANE_PREFETCH,
                PullRival.JETLANE_PREFETCH_UNCONFIRMED,
                PullRival.JETLANE_UNCONFIRMED,
                PullRival.JETLANE_BLOCKING,
                PullRival.JNATS_FETCH,
                PullRival.JNATS_ACK_SYNC,
                PullRival.LOOK_UP_EACH_PULL));
    return pulls(contest, storage).against(PullRival.JNATS_FETCH.entry());
  }

  static Contest confirmedPull(Storage storage) {
    Contest contest =
        Contest.of(
            title("Pull in batches of 100, every ack confirmed", storage),
            ConfirmedPullBenchmark.class,
            pulls(
                PullRival.JETLANE_PREFETCH,
                PullRival.JETLANE,
                PullRival.JETLANE_BLOCKING,
                PullRival.JNATS_ACK_SYNC));
    return pulls(contest, storage).against(PullRival.JNATS_ACK_SYNC.entry());
  }

  static Contest push(Storage storage) {
    return pushes(
        title("Push, pipelined, all confirmed", storage),
        storage,
        PushBenchmark.class,
        PushRival.JNATS_ASYNC,
        PushRival.JETLANE_ALL,
        PushRival.JETLANE_ASYNC,
        PushRival.JNATS_ASYNC,
        PushRival.JNATS_ASYNC_IDS,
        PushRival.SOCKET);
  }

  static Contest singlePush(Storage storage) {
    return pushes(
        title("Push one by one, each confirmed", storage),
        storage,
        SinglePushBenchmark.class,
        PushRival.SOCKET,
        PushRival.JETLANE_PUSH,
        PushRival.JNATS_SYNC,
        PushRival.SOCKET);
  }

  static Contest latency(Storage storage) {
    List<Entry> entries = Stream.of(WaitRival.values()).map(WaitRival::entry).toList();
    return Contest.of(
            title("From push to pulled, with a puller waiting", storage),
            LatencyBenchmark.class,
            entries)
        .against(WaitRival.SOCKET.entry())
        .showing(Metric.P50, Metric.P99)
        .with("storage", storage.name());
  }

  /** More threads, each with a puller, on one partition. */
  static Contest pullers(Storage storage, Long... values) {
    return sweep(
        "1 to 8 pullers on one partition",
        storage,
        PullAckBenchmark.class,
        "pullers",
        List.of(values),
        PullRival.JETLANE_PREFETCH,
        PullRival.JNATS_FETCH);
  }

  /** More tasks behind those that are pulled. */
  static Contest backlog(Storage storage, Long... values) {
    return sweep(
        "A backlog behind the tasks that are pulled",
        storage,
        PullAckBenchmark.class,
        "backlog",
        List.of(values),
        PullRival.JETLANE_PREFETCH,
        PullRival.SOCKET);
  }

  /** More tasks that others hold. */
  static Contest outstanding(Storage storage, Long... values) {
    return sweep(
        "Tasks that others hold under a lease",
        storage,
        PullAckBenchmark.class,
        "outstanding",
        List.of(values),
        PullRival.JETLANE_PREFETCH,
        PullRival.SOCKET);
  }

  /** Push, pull and ack on the fake, with more and more leases that others hold. */
  static Contest fake(long... outstanding) {
    Entry fake = new Entry("FAKE", "in-memory fake", "in-memory fake", Map.of());
    List<Entry> entries = new ArrayList<>();
    for (long leases : outstanding) {
      entries.add(
          fake.with(
              "in-memory fake, " + Metric.whole((double) leases) + " leases held",
              "outstanding",
              String.valueOf(leases)));
    }
    return Contest.of(
            "Push + pull + ack in memory, one thread, " + PAYLOAD_BYTES + "-byte payload",
            FakeBenchmark.class,
            entries)
        .inOwnJvm();
  }

  /** What comes on top of the hot path when it is asked for. */
  static Contest upkeep(Storage storage) {
    return pulls(
        Contest.of(
            title("Pull + ack in batches of 100 with metrics", storage),
            PullAckBenchmark.class,
            pulls(PullRival.JETLANE_PREFETCH, PullRival.JETLANE_PREFETCH_METRICS)),
        storage);
  }

  /** Partitions in use, in one stream and spread over several. */
  static Contest partitions(Storage storage, int streams, Long... values) {
    Contest oneStream =
        sweep(
            "Partitions in use, pulled in turn",
            storage,
            PartitionsBenchmark.class,
            "partitions",
            List.of(values),
            PullRival.JETLANE,
            PullRival.JNATS_FETCH);
    List<Entry> entries = new ArrayList<>(oneStream.entries());
    String spread = PullRival.JETLANE.entry().label() + ", " + streams + " streams";
    for (Long partitions : values) {
      entries.add(
          PullRival.JETLANE
              .entry()
              .with(spread, "streams", String.valueOf(streams))
              .inSeries(spread)
              .at("partitions", partitions));
    }
    return oneStream.with(entries);
  }

  private static Contest sweep(
      String work,
      Storage storage,
      Class<?> benchmark,
      String parameter,
      List<Long> values,
      PullRival... rivals) {
    List<Entry> entries =
        Stream.of(rivals)
            .flatMap(rival -> values.stream().map(value -> rival.entry().at(parameter, value)))
            .toList();
    return pulls(Contest.of(title(work, storage), benchmark, entries), storage).sweeping(parameter);
  }

  private static Contest pulls(Contest contest, Storage storage) {
    return contest
        .showing(Metric.THROUGHPUT, Metric.ALLOCATION, Metric.SERVER_CPU, Metric.EMPTY_PULLS)
        .with("storage", storage.name());
  }

  private static List<Entry> pulls(PullRival... rivals) {
    return Stream.of(rivals).map(PullRival::entry).toList();
  }

  private static Contest pushes(
      String title, Storage storage, Class<?> benchmark, PushRival baseline, PushRival... rivals) {
    return Contest.of(title, benchmark, Stream.of(rivals).map(PushRival::entry).toList())
        .against(baseline.entry())
        .showing(Metric.THROUGHPUT, Metric.ALLOCATION, Metric.SERVER_CPU)
        .with("storage", storage.name());
  }

  private static String title(String work, Storage storage) {
    return title(work, PAYLOAD_BYTES, storage);
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
