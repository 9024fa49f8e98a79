// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import dev.jetlane.PullOptions;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The ways to pull and ack that are compared. */
public enum PullRival {
  /** The queue with 500 prefetched, acks confirmed and pipelined. */
  JETLANE_PREFETCH("jetlane, prefetch 500, ackAsync", true, 500),
  /** The queue with 500 prefetched, acks not confirmed. */
  JETLANE_PREFETCH_UNCONFIRMED("jetlane, prefetch 500, unconfirmed", false, 500),
  /** The queue with as many tasks prefetched as the socket limit, acks not confirmed. */
  JETLANE_PREFETCH_2000_UNCONFIRMED("jetlane, prefetch 2,000, unconfirmed", false, 2_000),
  /** Like {@link #JETLANE_PREFETCH}, with every lease kept by the lease keeper. */
  JETLANE_PREFETCH_KEEPER("jetlane, prefetch 500, ackAsync, lease keeper", true, 500),
  /** Like {@link #JETLANE_PREFETCH}, with Micrometer's metrics as listener. */
  JETLANE_PREFETCH_METRICS("jetlane, prefetch 500, ackAsync, metrics", true, 500),
  /** The queue as it is by default, without prefetch; acks confirmed and pipelined. */
  JETLANE("jetlane, ackAsync", true),
  /** The queue without prefetch, acks not confirmed. */
  JETLANE_UNCONFIRMED("jetlane, unconfirmed", false),
  /** The queue without prefetch, each ack waits for its confirmation. */
  JETLANE_BLOCKING("jetlane, ack", true),
  /**
   * jnats {@code fetch(batch)} + {@code ack()}: the baseline, the simplest code with plain jnats.
   */
  JNATS_FETCH("jnats fetch + ack", false),
  /** The same with batches of 500, independent of the batches of the others. */
  JNATS_FETCH_500("jnats fetch(500) + ack", false),
  /** jnats {@code iterate()} + {@code ack()}. */
  JNATS_ITERATE("jnats iterate + ack", false),
  /** jnats {@code consume()} + {@code ack()}. */
  JNATS_CONSUME("jnats consume + ack", false),
  /** jnats {@code fetch(batch)} + {@code ackSync()}: confirmed, one by one. */
  JNATS_ACK_SYNC("jnats fetch + ackSync", true),
  /** Two look-ups before each pull, as ArmoniK's C# queue does. */
  LOOK_UP_EACH_PULL("C#-style, 2 look-ups a pull", false),
  /** Apache Camel's route from a stream. */
  CAMEL("Camel route, push consumer", false),
  /** A worker with one handler that does nothing, and all defaults. */
  WORKER_1("jetlane worker, 1 handler", true),
  /** The same with 8 handlers. */
  WORKER_8("jetlane worker, 8 handlers", true),
  /** The same with 64 handlers. */
  WORKER_64("jetlane worker, 64 handlers", true),
  /** A worker with 8 handlers that sleep for 1 ms. */
  WORKER_8_SLEEPING("jetlane worker, 8 handlers", true),
  /** 8 threads that sleep for 1 ms a task, without a queue. */
  SLEEPING_8_ALONE("8 handlers without a queue", true),
  /** A worker with 64 handlers that sleep for 1 ms. */
  WORKER_64_SLEEPING("jetlane worker, 64 handlers", true),
  /** 64 threads that sleep for 1 ms a task, without a queue. */
  SLEEPING_64_ALONE("64 handlers without a queue", true),
  /** A worker with 1,000 handlers that sleep for 5 ms, each on a virtual thread. */
  WORKER_1000_VIRTUAL("jetlane worker, 1,000 virtual threads", true),
  /** jnats {@code consume()} that hands each message to a pool of 8 threads, which ack it. */
  JNATS_CONSUME_POOL("jnats consume + ack, 8 threads", false),
  /** The same with 64 threads that sleep for 1 ms before the ack. */
  JNATS_CONSUME_SLEEPING("jnats consume + ack, 64 threads", false),
  /** The practical limit. */
  SOCKET("socket limit", true),
  /** The practical limit with a confirmation for every ack. */
  SOCKET_CONFIRMED("socket limit, every ack confirmed", true);

  private static final Duration KEEP = Duration.ofHours(1);

  private final String label;
  private final boolean confirms;
  private final int prefetch;

  PullRival(String label, boolean confirms) {
    this(label, confirms, 0);
  }

  PullRival(String label, boolean confirms, int prefetch) {
    this.label = label;
    this.confirms = confirms;
    this.prefetch = prefetch;
  }

  Entry entry() {
    return new Entry(name(), label, label, Map.of("rival", name()));
  }

  /** Whether the server has confirmed every ack at the end of a drain. */
  boolean confirms() {
    return confirms;
  }

  PullLoop open(Target target, List<Place> places, int batch) throws Exception {
    return switch (this) {
      case JETLANE_PREFETCH,
          JETLANE_PREFETCH_UNCONFIRMED,
          JETLANE_PREFETCH_2000_UNCONFIRMED,
          JETLANE,
          JETLANE_UNCONFIRMED ->
          new JetlanePull(target, places, batch, options(), !confirms);
      case JETLANE_PREFETCH_KEEPER ->
          new JetlanePull(target, places, batch, options().withKeepFor(KEEP), false);
      case JETLANE_PREFETCH_METRICS ->
          new JetlanePull(target.withMetrics(), places, batch, options(), false);
      case JETLANE_BLOCKING -> new JetlanePull(target, places, batch, options(), true);
      case JNATS_FETCH -> new JnatsBatches.Fetch(target, places, batch, false);
      case JNATS_FETCH_500 -> new JnatsBatches.Fetch(target, places, 500, false);
      case JNATS_ITERATE -> new JnatsStreams.Iterate(target, places);
      case JNATS_CONSUME -> new JnatsStreams.Consume(target, places);
      case JNATS_ACK_SYNC -> new JnatsBatches.Fetch(target, places, batch, true);
      case LOOK_UP_EACH_PULL -> new JnatsBatches.LookUpEachPull(target, places, batch);
      case CAMEL -> new CamelPull(target, places);
      case JNATS_CONSUME_POOL -> new JnatsStreams.ConsumeOnPool(target, places, 8, () -> true);
      case JNATS_CONSUME_SLEEPING ->
          new JnatsStreams.ConsumeOnPool(target, places, 64, () -> sleep(1));
      case WORKER_1 -> worker(target, places, 1);
      case WORKER_8 -> worker(target, places, 8);
      case WORKER_64 -> worker(target, places, 64);
      case WORKER_8_SLEEPING -> sleepingWorker(target, places, WorkerOptions.concurrency(8), 1);
      case WORKER_64_SLEEPING -> sleepingWorker(target, places, WorkerOptions.concurrency(64), 1);
      case WORKER_1000_VIRTUAL ->
          sleepingWorker(
              target, places, WorkerOptions.concurrency(1_000).withVirtualThreads(true), 5);
      case SLEEPING_8_ALONE -> new HandlersAlone(target, places, 8, () -> sleep(1));
      case SLEEPING_64_ALONE -> new HandlersAlone(target, places, 64, () -> sleep(1));
      case SOCKET -> new SocketPull(target, places, false);
      case SOCKET_CONFIRMED -> new SocketPull(target, places, true);
    };
  }

  private static PullLoop worker(Target target, List<Place> places, int concurrency) {
    return new WorkerPull(target, places, WorkerOptions.concurrency(concurrency), task -> {});
  }

  private static PullLoop sleepingWorker(
      Target target, List<Place> places, WorkerOptions options, int millis) {
    return new WorkerPull(target, places, options, task -> sleep(millis));
  }

  private static boolean sleep(int millis) throws InterruptedException {
    Thread.sleep(millis);
    return true;
  }

  /** Returns the options of pulls. */
  private PullOptions options() {
    PullOptions options = PullOptions.defaults().withPrefetch(prefetch);
    return confirms ? options : options.withConfirmAcks(false);
  }
}
