package dev.jetlane.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is measured beside what. */
final class Contests {

  private static final int PAYLOAD_BYTES = 128;

  private Contests() {}

  static Contest pull(Storage storage) {
    return contest(
        "Pull + ack in batches of 100",
        storage,
        PullAckBenchmark.class,
        List.of(
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JETLANE,
            PullRival.JETLANE_UNCONFIRMED,
            PullRival.JNATS_FETCH,
            PullRival.JNATS_ITERATE,
            PullRival.JNATS_CONSUME,
            PullRival.LOOK_UP_EACH_PULL,
            PullRival.SOCKET),
        PullRival.JNATS_FETCH);
  }

  static Contest singlePull(Storage storage) {
    return contest(
        "Pull + ack one by one",
        storage,
        SinglePullBenchmark.class,
        List.of(
            PullRival.JETLANE_PREFETCH,
            PullRival.JETLANE_PREFETCH_UNCONFIRMED,
            PullRival.JETLANE_UNCONFIRMED,
            PullRival.JETLANE_BLOCKING,
            PullRival.JNATS_FETCH,
            PullRival.JNATS_ACK_SYNC,
            PullRival.LOOK_UP_EACH_PULL),
        PullRival.JNATS_FETCH);
  }

  static Contest push(Storage storage) {
    return contest(
        "Push, pipelined, all confirmed",
        storage,
        PushBenchmark.class,
        List.of(
            PushRival.JETLANE_ALL,
            PushRival.JETLANE_ASYNC,
            PushRival.JNATS_ASYNC,
            PushRival.JNATS_ASYNC_IDS,
            PushRival.SOCKET),
        PushRival.JNATS_ASYNC);
  }

  static Contest singlePush(Storage storage) {
    return contest(
        "Push one by one, each confirmed",
        storage,
        SinglePushBenchmark.class,
        List.of(PushRival.JETLANE_PUSH, PushRival.JNATS_SYNC, PushRival.SOCKET),
        PushRival.JNATS_SYNC);
  }

  private static Contest contest(
      String work,
      Storage storage,
      Class<?> benchmark,
      List<? extends Rival> rivals,
      Rival baseline) {
    return new Contest(
        "%s, %d-byte payload, %s storage"
            .formatted(work, PAYLOAD_BYTES, storage.name().toLowerCase(Locale.ROOT)),
        benchmark,
        rivals,
        baseline,
        Map.of("storage", storage.name(), "payloadBytes", String.valueOf(PAYLOAD_BYTES)));
  }
}
