// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.PullOptions;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.conformance.harness.Capability;
import dev.jetlane.conformance.harness.FaultHands;
import dev.jetlane.conformance.harness.Harness;
import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.proxy.JetlaneRequests;
import dev.jetlane.conformance.proxy.NatsProxy;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.NatsQueues;
import dev.jetlane.nats.testing.NatsPlace;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ServerInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A stream of its own on a running server, in real time. */
class NatsHarness implements Harness {

  /** The allowed lateness of a server. Up to 190 ms were measured on an overloaded machine. */
  private static final Duration TOLERANCE =
      Duration.ofMillis(Long.getLong("jetlane.conformance.toleranceMillis", 250));

  /** The maximum wait of a client for an answer that arrives. */
  private static final Duration PATIENT = Duration.ofSeconds(20);

  private static final Duration TICK = Duration.ofMillis(50);

  /**
   * The factor by which answers take longer, because more threads are runnable than there are
   * processors.
   */
  private static final long SLOWNESS = threadsPerProcessor();

  /** The wait of a client for an answer that never arrives. */
  static final Duration FAULTY =
      Duration.ofMillis(Long.getLong("jetlane.conformance.timeoutMillis", 1_500))
          .multipliedBy(SLOWNESS);

  private static final AtomicInteger STREAMS = new AtomicInteger();

  private final NatsPlace place;
  private final JetStreamManagement management;
  private final NatsOptions.Storage storage;
  private final ServerInfo info;
  private final String name =
      "conformance-" + ProcessHandle.current().pid() + "-" + STREAMS.incrementAndGet();

  /** The proxy between clients and server, once a rule requested faults. */
  private @Nullable NatsProxy proxy;

  private int streams = Integer.getInteger("jetlane.conformance.streams", 1);

  /** Whether the stream exists, once a rule requested faults. */
  private volatile boolean created;

  NatsHarness(NatsPlace place, Connection shared) throws IOException {
    this(place, shared, NatsOptions.Storage.MEMORY);
  }

  NatsHarness(NatsPlace place, Connection shared, NatsOptions.Storage storage) throws IOException {
    this.place = place;
    this.storage = storage;
    this.management = shared.jetStreamManagement();
    this.info = shared.getServerInfo();
  }

  private static long threadsPerProcessor() {
    OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
    double load = system.getSystemLoadAverage() / system.getAvailableProcessors();
    return Math.max(1, Math.min(4, Math.round(load / 2)));
  }

  @Override
  public TaskQueue open(QueueConfig config) {
    return open(config, List.of());
  }

  @Override
  public TaskQueue open(QueueConfig config, List<QueueListener> listeners) {
    return open(config, listeners, proxy);
  }

  @Override
  public TaskQueue openApart(QueueConfig config) {
    return open(config, List.of(), null);
  }

  @Override
  public void spread(int count) {
    streams = count;
  }

  private TaskQueue open(
      QueueConfig config, List<QueueListener> listeners, @Nullable NatsProxy faults) {
    NatsOptions base = NatsOptions.defaults();
    NatsOptions options =
        (faults == null ? place.options(base) : place.options(base, faults.url()))
            .withStream(name)
            .withSubjectPrefix(NatsPlace.ROOT + "." + name)
            .withStorage(storage)
            .withStreams(streams)
            .withRequestTimeout(faults == null ? PATIENT : requestTimeout())
            .withConnectPatience(PATIENT)
            .withQueue(config);
    if (faults != null && !created) {
      // On a busy machine the creation of the stream takes longer than such a timeout.
      try (TaskQueue patient = open(config, List.of(), null)) {
        patient.partition(Settings.partitionName(0));
        created = true;
      }
    }
    for (QueueListener listener : listeners) {
      options = options.withListener(listener);
    }
    return NatsQueues.connect(options);
  }

  @Override
  public void advance(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while time passed", e);
    }
  }

  @Override
  public long nowNanos() {
    return System.nanoTime();
  }

  /** With faults the tick grows with the timeout, which the leases of these rules outlast. */
  @Override
  public Duration tick() {
    return proxy == null ? TICK : TICK.multipliedBy(SLOWNESS);
  }

  @Override
  public Duration tolerance() {
    return TOLERANCE;
  }

  /**
   * Simultaneous deadlines are redelivered in any order, or in the order of the pushes. From 2.11
   * on consumers can be paused, and from 2.12.1 on pushes can be atomic. A server before 2.10.16
   * loses its place when a task becomes due again while only requests of closed pullers wait
   * ({@code server/consumer.go}, "We will redo this one": a redelivery resets the sequence of new
   * tasks, too): it then delivers an outstanding task as a new one. A puller with prefetch that
   * closes leaves such requests, and so does a pull right before the end of a lease.
   */
  @Override
  public Set<Capability> capabilities() {
    Set<Capability> lacks =
        EnumSet.of(
            Capability.ORDERED_TIES,
            Capability.RESTARTS,
            Capability.CRASHES,
            Capability.FULL_STORAGE);
    if (!info.isSameOrNewerThanVersion("2.11.0")) {
      lacks.add(Capability.PAUSE);
      lacks.add(Capability.ATOMIC_PUSH);
    }
    if (!info.isSameOrNewerThanVersion("2.10.16")) {
      lacks.add(Capability.PREFETCH);
      lacks.add(Capability.EXPIRY_DURING_PULLS);
    }
    return EnumSet.complementOf(EnumSet.copyOf(lacks));
  }

  @Override
  public PullOptions pulling() {
    return Pulling.OPTIONS;
  }

  @Override
  public FaultHands faults() {
    NatsProxy faults = proxy;
    if (faults == null) {
      faults = NatsProxy.to(place.server().url(), new JetlaneRequests(NatsPlace.ROOT + "." + name));
      proxy = faults;
    }
    return faults;
  }

  @Override
  public Duration requestTimeout() {
    return FAULTY;
  }

  String version() {
    return info.getVersion();
  }

  void closeProxy() {
    if (proxy != null) {
      proxy.close();
    }
  }

  /**
   * Deletes the streams of this harness: the stream of the tasks, and each stream with its name.
   */
  @Override
  public void close() {
    closeProxy();
    try {
      List<String> mine =
          management.getStreamNames().stream()
              .filter(s -> s.equals(name) || s.startsWith(name + "-"))
              .toList();
      for (String stream : mine) {
        management.deleteStream(stream);
      }
    } catch (IOException | JetStreamApiException e) {
      throw new IllegalStateException("the streams of " + name + " could not be deleted", e);
    }
  }
}
