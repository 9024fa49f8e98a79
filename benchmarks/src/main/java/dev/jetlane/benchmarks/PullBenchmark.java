// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * Pull and ack, the hot path of a worker, compared with plain jnats, with others, and with the
 * limit of the server.
 *
 * <p>Streams are filled off the clock, a rival empties them on the clock, and the run fails unless
 * they are empty afterwards. The clock stops when the server has confirmed the last settlement or,
 * without confirmations, when it reports an empty stream. Throughput counts tasks, not calls.
 *
 * <pre>{@code
 * java -jar benchmarks/target/benchmarks.jar PullBenchmark.pullAck$ -prof gc -p storage=FILE,MEMORY
 * java -jar benchmarks/target/benchmarks.jar PullBenchmark.pullAckFew -p batch=1 -p rival=JETLANE
 * }</pre>
 *
 * <p>JMH runs the rivals one after the other, so the scores of such a run are not a fair comparison
 * on a machine that also runs other programs. The tour and {@code full} interleave the rivals.
 */
@SuppressWarnings("NullAway.Init") // JMH sets the parameters and calls the @Setup methods first.
public class PullBenchmark extends OnServer {

  private static final int TASKS = 20_000;

  /** The number of tasks for rivals that need a round trip for every task. */
  private static final int FEW = 4_000;

  /** The number of tasks for a batch of 100 in each of 512 partitions. */
  private static final int MANY = 51_200;

  /** The number of tasks for rivals that start with each drain. */
  private static final int LONG = 60_000;

  /** The rival that pulls. */
  @Param({
    "JETLANE_PREFETCH",
    "JETLANE_PREFETCH_UNCONFIRMED",
    "JETLANE_PREFETCH_2000_UNCONFIRMED",
    "JETLANE_PREFETCH_KEEPER",
    "JETLANE_PREFETCH_METRICS",
    "JETLANE",
    "JETLANE_UNCONFIRMED",
    "JETLANE_BLOCKING",
    "JNATS_FETCH",
    "JNATS_FETCH_500",
    "JNATS_ITERATE",
    "JNATS_CONSUME",
    "JNATS_ACK_SYNC",
    "LOOK_UP_EACH_PULL",
    "CAMEL",
    "WORKER_1",
    "WORKER_8",
    "WORKER_64",
    "WORKER_8_SLEEPING",
    "SLEEPING_8_ALONE",
    "WORKER_64_SLEEPING",
    "SLEEPING_64_ALONE",
    "WORKER_1000_VIRTUAL",
    "JNATS_CONSUME_POOL",
    "JNATS_CONSUME_SLEEPING",
    "SOCKET",
    "SOCKET_CONFIRMED"
  })
  public PullRival rival;

  /** The number of tasks that a pull requests. */
  @Param("100")
  public int batch;

  /** Whether the tasks have ids, like all tasks that the queue pushes; plain messages have none. */
  @Param("true")
  public boolean ids;

  /** The number of partitions with tasks. */
  @Param("1")
  public int partitions;

  /** The number of streams that the partitions are spread over. */
  @Param("1")
  public int streams;

  /** The number of threads that pull, each with a connection of its own. */
  @Param("1")
  public int pullers;

  /** The number of further tasks behind the pulled ones. */
  @Param("0")
  public int backlog;

  /** The number of further tasks that others hold under a lease. */
  @Param("0")
  public int outstanding;

  private int tasks;
  private long switchesBefore;
  private TaskCounters drained;
  private final List<PullLoop> loops = new ArrayList<>();
  private ExecutorService threads;

  /** Empties streams of 20,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void pullAck(TaskCounters counters) throws Exception {
    drain(counters);
  }

  /** Empties streams of 4,000 tasks. */
  @Benchmark
  @OperationsPerInvocation(FEW)
  public void pullAckFew(TaskCounters counters) throws Exception {
    drain(counters);
  }

  /** Empties streams of 51,200 tasks. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public void pullAckMany(TaskCounters counters) throws Exception {
    drain(counters);
  }

  /** Empties streams of 60,000 tasks: a worker that is opened on the clock starts once for them. */
  @Benchmark
  @OperationsPerInvocation(LONG)
  public void pullAckLong(TaskCounters counters) throws Exception {
    drain(counters);
  }

  /** The benchmark method sets the number of tasks of a drain. */
  @Setup(Level.Trial)
  public void size(BenchmarkParams parameters) {
    tasks = parameters.getOpsPerInvocation();
  }

  @Override
  Target target(String url) {
    return Target.of(url, storage, partitions, streams, pullers, outstanding);
  }

  @Override
  boolean ids() {
    return ids;
  }

  @Override
  void open(Target target, byte[] payload) throws Exception {
    backlog().fill(outstanding);
    backlog().hold(outstanding);
    backlog().fill(backlog);
    for (int puller = 0; puller < pullers; puller++) {
      loops.add(rival.open(target, share(puller), batch));
    }
    threads = Executors.newFixedThreadPool(pullers);
  }

  /**
   * Returns the partitions of a puller. Every puller has a partition, and every partition a puller.
   */
  private List<Place> share(int puller) {
    return backlog().places().stream()
        .filter(
            place ->
                partitions >= pullers
                    ? place.index() % pullers == puller
                    : place.index() == puller % partitions)
        .toList();
  }

  @Setup(Level.Invocation)
  public void fill() throws Exception {
    backlog().fill(tasks);
    for (PullLoop loop : loops) {
      loop.beforeDrain();
    }
    switchesBefore = ThreadSwitches.count();
  }

  @TearDown(Level.Invocation)
  public void requireEmpty() throws Exception {
    drained.switches += ThreadSwitches.count() - switchesBefore;
    for (PullLoop loop : loops) {
      loop.afterDrain();
    }
    backlog().requireTasks(others());
  }

  @Override
  void release() throws Exception {
    for (PullLoop loop : loops) {
      loop.close();
    }
    loops.clear();
    threads.shutdown();
  }

  private void drain(TaskCounters counters) throws Exception {
    long serverBefore = serverMicros();
    long clientBefore = clientMicros();
    Work work = new Work(tasks, partitions, pullers);
    if (pullers == 1) {
      counters.emptyPulls += loops.get(0).drain(work);
    } else {
      List<Callable<Long>> drains = new ArrayList<>();
      loops.forEach(loop -> drains.add(() -> loop.drain(work)));
      for (Future<Long> drained : threads.invokeAll(drains)) {
        counters.emptyPulls += drained.get();
      }
    }
    if (!rival.confirms()) {
      backlog().requireTasks(others());
    }
    drained = counters;
    counters.tasks += tasks;
    counters.serverMicros += serverMicros() - serverBefore;
    counters.clientMicros += clientMicros() - clientBefore;
  }

  private long others() {
    return (long) backlog + outstanding;
  }
}
