// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Partition;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Stats;
import dev.jetlane.Worker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a queue, as meters of a Micrometer registry. Give it to the queue as a listener,
 * then watch the partitions whose backlog is of interest, and the workers:
 *
 * <pre>{@code
 * QueueMetrics metrics = new QueueMetrics(registry);
 * TaskQueue queue = NatsQueues.connect(options.withListener(metrics));
 * Partition gpu = queue.partition("gpu");
 * metrics.watch(gpu, config.maxOutstanding());
 * metrics.watch(gpu.work(handler, WorkerOptions.concurrency(8)));
 * }</pre>
 *
 * <p>The calls of this client are counted for every partition that it uses, with the tag {@code
 * partition}:
 *
 * <ul>
 *   <li>{@code jetlane.pushed}, {@code jetlane.push.duplicates}, {@code jetlane.push.failures}
 *   <li>{@code jetlane.pulled} (tasks), {@code jetlane.pull.failures}, {@code jetlane.redelivered}
 *   <li>{@code jetlane.held}: a timer from the end of the pull to the settlement, with the tag
 *       {@code outcome}: {@code acked}, {@code given_back} or {@code dead}
 *   <li>{@code jetlane.extended}, {@code jetlane.lease.lost}, {@code jetlane.acked.late}, {@code
 *       jetlane.settle.failures}
 *   <li>{@code jetlane.dead.lettered}, with the tag {@code cause}: {@code rejected} by a holder, or
 *       {@code exhausted}
 *   <li>{@code jetlane.handler.failures}: handlers of workers that ended with an exception, with
 *       its simple class name as the tag {@code exception}. A partition has at most 100 names;
 *       later ones are {@code other}. The counter of a name appears with its first failure
 *   <li>{@code jetlane.connection.lost} and the gauge {@code jetlane.connected}, of the client
 * </ul>
 *
 * <p>Gauges show the stored tasks of each watched partition, of all clients: {@code jetlane.tasks}
 * with the tag {@code state} ({@code ready}, {@code outstanding}, {@code delayed}, {@code dead}),
 * {@code jetlane.tasks.redelivered}, which is part of the outstanding ones, {@code
 * jetlane.oldest.age} (zero for an empty partition) and {@code jetlane.outstanding.limit}. A read
 * of a gauge asks the queue, at most once in {@link #INTERVAL} per partition. After a failure no
 * gauge asks the queue for that long, so that a scrape waits for one request timeout and not for
 * one per partition. Unknown values are NaN.
 *
 * <p>Gauges show the watched workers of this process, as the sum of those of a partition: {@code
 * jetlane.worker.running} (tasks at handlers), {@code jetlane.worker.concurrency} (handlers that
 * may run at the same time) and {@code jetlane.worker.ahead} (tasks that are leased and wait for a
 * handler). A read sends nothing.
 *
 * <p>This class is thread-safe. An event costs a map look-up and an increment.
 */
@SuppressWarnings("exports") // Micrometer is an optional module: see module-info.
public final class QueueMetrics implements QueueListener {

  /** How long the values of a partition's gauges are cached. */
  public static final Duration INTERVAL = Duration.ofSeconds(10);

  private final MeterRegistry registry;
  private final Tags tags;
  private final Pause pause;
  private final Counter connectionsLost;
  private final ConcurrentHashMap<String, PartitionMeters> meters = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, WatchedWorkers> workers = new ConcurrentHashMap<>();
  private volatile boolean connected = true;

  /**
   * Creates meters without further tags.
   *
   * @param registry the registry
   * @throws InvalidInputException if the registry is null
   */
  public QueueMetrics(MeterRegistry registry) {
    this(registry, List.of());
  }

  /**
   * Creates meters that all have these tags, for a process with several queues.
   *
   * @param registry the registry
   * @param tags the tags of every meter
   * @throws InvalidInputException if an argument is null
   */
  public QueueMetrics(MeterRegistry registry, Iterable<Tag> tags) {
    this.registry = requirePresent("meter registry", registry);
    this.tags = Tags.of(requirePresent("tags", tags));
    pause = new Pause(registry.config().clock());
    connectionsLost =
        Counter.builder("jetlane.connection.lost")
            .description("Lost connections")
            .tags(this.tags)
            .register(registry);
    String description = "1 while the client is connected, otherwise 0";
    remove("jetlane.connected", description, null, this.tags);
    Gauge.builder("jetlane.connected", this, self -> self.connected ? 1 : 0)
        .description(description)
        .tags(this.tags)
        .register(registry);
  }

  /**
   * Creates the gauges of a partition. They replace gauges with the same name and tags, such as
   * those of a queue that was closed and opened again. After the close of the queue they are NaN,
   * and are removed when they are read. Sends nothing.
   *
   * @param partition the partition
   * @param maxOutstanding the setting of the queue, shown as {@code jetlane.outstanding.limit}
   * @throws InvalidInputException if the partition is null
   */
  public void watch(Partition partition, int maxOutstanding) {
    requirePresent("partition", partition);
    of(partition.name());
    Tags own = tags.and("partition", partition.name());
    List<Meter> gauges = new CopyOnWriteArrayList<>();
    Watch watch = new Watch(partition, pause, () -> gauges.forEach(registry::remove));
    tasks(gauges, "ready", watch, own, Stats::ready);
    tasks(gauges, "outstanding", watch, own, Stats::outstanding);
    tasks(gauges, "delayed", watch, own, Stats::delayed);
    tasks(gauges, "dead", watch, own, Stats::dead);
    gauges.add(
        gauge(
            "jetlane.tasks.redelivered",
            "Outstanding tasks that were delivered before",
            null,
            own,
            watch,
            self -> self.count(Stats::redelivered)));
    gauges.add(
        gauge(
            "jetlane.oldest.age",
            "Age of the oldest task that is not settled",
            "seconds",
            own,
            watch,
            Watch::oldestAgeSeconds));
    gauges.add(
        gauge(
            "jetlane.outstanding.limit",
            "Maximum number of outstanding tasks",
            null,
            own,
            watch,
            any -> maxOutstanding));
  }

  /**
   * Adds a worker to the gauges of its partition, which are created for its first worker. They
   * replace gauges with the same name and tags, such as those of a queue that was closed and opened
   * again. A worker that has ended no longer counts; it is forgotten when a gauge of its partition
   * is read, or when the next worker is watched. The gauges stay, and are zero without a worker.
   * Sends nothing. A second call for the same worker does nothing.
   *
   * @param worker the worker
   * @throws InvalidInputException if the worker is null
   */
  public void watch(Worker worker) {
    requirePresent("worker", worker);
    workers.values().forEach(WatchedWorkers::forgetEnded);
    workers.computeIfAbsent(worker.partition(), this::createGauges).add(worker);
  }

  private WatchedWorkers createGauges(String partition) {
    WatchedWorkers watched = new WatchedWorkers();
    Tags own = tags.and("partition", partition);
    workers("running", "Tasks that handlers are working on", own, watched, Worker::running);
    workers(
        "concurrency", "Handlers that may run at the same time", own, watched, Worker::concurrency);
    workers("ahead", "Leased tasks that wait for a handler", own, watched, Worker::ahead);
    return watched;
  }

  private void workers(
      String name,
      String description,
      Tags own,
      WatchedWorkers watched,
      ToIntFunction<Worker> count) {
    Gauge unused =
        gauge("jetlane.worker." + name, description, null, own, watched, self -> self.sum(count));
  }

  @Override
  public Handling handling(Delivery delivery) {
    return of(delivery).handlerFailures;
  }

  @Override
  public void pushed(QueueEvent.Pushed event) {
    PartitionMeters of = of(event.partition());
    (event.duplicate() ? of.duplicates : of.pushed).increment();
  }

  @Override
  public void pushFailed(QueueEvent.PushFailed event) {
    of(event.partition()).pushFailures.increment();
  }

  @Override
  public void pulled(QueueEvent.Pulled event) {
    if (event.tasks() > 0) {
      of(event.partition()).pulled.increment(event.tasks());
    }
  }

  @Override
  public void redelivered(QueueEvent.Redelivered event) {
    of(event.delivery()).redelivered.increment();
  }

  @Override
  public void pullFailed(QueueEvent.PullFailed event) {
    of(event.partition()).pullFailures.increment();
  }

  @Override
  public void acked(QueueEvent.Acked event) {
    PartitionMeters of = of(event.delivery());
    of.acked.record(event.held().toNanos(), TimeUnit.NANOSECONDS);
    if (event.late()) {
      of.late.increment();
    }
  }

  @Override
  public void givenBack(QueueEvent.GivenBack event) {
    of(event.delivery()).givenBack.record(event.held().toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void extended(QueueEvent.Extended event) {
    of(event.delivery()).extended.increment();
  }

  @Override
  public void deadLettered(QueueEvent.DeadLettered event) {
    PartitionMeters of = of(event.delivery());
    of.dead.record(event.held().toNanos(), TimeUnit.NANOSECONDS);
    of.rejected.increment();
  }

  @Override
  public void exhausted(QueueEvent.Exhausted event) {
    of(event.partition()).exhausted.increment();
  }

  @Override
  public void leaseLost(QueueEvent.LeaseLost event) {
    of(event.delivery()).leaseLost.increment();
  }

  @Override
  public void settleFailed(QueueEvent.SettleFailed event) {
    of(event.delivery()).settleFailures.increment();
  }

  @Override
  public void connectionLost() {
    connected = false;
    connectionsLost.increment();
  }

  @Override
  public void connectionRestored() {
    connected = true;
  }

  private PartitionMeters of(Delivery delivery) {
    return of(delivery.partition());
  }

  private PartitionMeters of(String partition) {
    PartitionMeters known = meters.get(partition);
    return known != null
        ? known
        : meters.computeIfAbsent(
            partition, name -> new PartitionMeters(registry, tags.and("partition", name)));
  }

  private void tasks(
      List<Meter> gauges, String state, Watch watch, Tags own, ToDoubleFunction<Stats> count) {
    gauges.add(
        gauge(
            "jetlane.tasks",
            "Tasks",
            null,
            own.and("state", state),
            watch,
            self -> self.count(count)));
  }

  private <T> Gauge gauge(
      String name,
      String description,
      @Nullable String unit,
      Tags own,
      T watched,
      ToDoubleFunction<T> value) {
    // A strong reference, because nothing else references the watched object while the registry
    // has the gauge.
    remove(name, description, unit, own);
    return Gauge.builder(name, watched, value)
        .description(description)
        .baseUnit(unit)
        .tags(own)
        .strongReference(true)
        .register(registry);
  }

  /**
   * Removes an earlier gauge: a registry keeps the first gauge of a name and ignores later ones.
   */
  private void remove(String name, String description, @Nullable String unit, Tags own) {
    Meter unused =
        registry.removeByPreFilterId(new Meter.Id(name, own, unit, description, Meter.Type.GAUGE));
  }

  private static <T> T requirePresent(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }
}
