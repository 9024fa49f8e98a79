// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.chaos;

import dev.jetlane.nats.testing.FaultProxy;
import dev.jetlane.nats.testing.NatsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Executes the schedule on one server, the network before it, and the workers. */
final class Nemesis {

  private static final long SLOW_BYTES_PER_SECOND = 16_000;
  private static final int MID_FRAME_BYTES = 20_000;
  private static final long LAME_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Settings settings;
  private final NatsServer server;
  private final List<FaultProxy> proxies;
  private final Workers workers;
  private final History history;

  /**
   * @param proxies the proxies of the workers and of the producers
   */
  Nemesis(
      Settings settings,
      NatsServer server,
      List<FaultProxy> proxies,
      Workers workers,
      History history) {
    this.settings = settings;
    this.server = server;
    this.proxies = proxies;
    this.workers = workers;
    this.history = history;
  }

  /** Injects faults until the time is over; returns after the repair of all faults. */
  void run(Schedule schedule, Duration time) throws InterruptedException {
    long untilNanos = System.nanoTime() + time.toNanos();
    if (schedule.isEmpty()) {
      Pause.millis(time.toMillis());
    }
    while (System.nanoTime() - untilNanos < 0) {
      Schedule.Step step = schedule.next();
      Pause.millis(step.gapMillis());
      long since = History.now();
      strike(step);
      history.write(Event.Kind.FAULT, step.fault().name(), 0, since, Event.Outcome.NONE);
    }
  }

  private void strike(Schedule.Step step) throws InterruptedException {
    FaultProxy proxy = proxies.get(step.number() % proxies.size());
    switch (step.fault()) {
      case KILL -> {
        server.kill();
        Pause.millis(step.millis());
        server.restart();
      }
      case STOP -> {
        server.stop();
        Pause.millis(step.millis());
        server.restart();
      }
      case PAUSE -> {
        server.pause();
        Pause.millis(step.millis());
        server.resume();
      }
      case RESET -> proxy.reset();
      case CUT -> proxy.cut();
      case BLACK_HOLE -> {
        proxy.blackHole(true);
        Pause.millis(step.millis());
        proxy.heal();
      }
      case MID_FRAME -> proxy.resetAfter(way(step), 1 + step.number() % MID_FRAME_BYTES);
      case DELAY -> {
        proxy.delay(Duration.ofMillis(400), Duration.ofMillis(800));
        Pause.millis(step.millis());
        proxy.heal();
      }
      case THROTTLE -> {
        proxy.throttle(SLOW_BYTES_PER_SECOND);
        Pause.millis(step.millis());
        proxy.heal();
      }
      case WORKER_KILL -> workers.killOne(step.number());
      case WORKER_CLOSE -> workers.closeOne(step.number());
      case REFUSE -> {
        server.reload(Access.config(settings, true));
        Pause.millis(step.millis());
        server.reload(Access.config(settings, false));
      }
      case LAME_DUCK -> lameDuck();
      case SLOW_DISK -> SlowDisk.of(server.pid().orElseThrow(), step.millis());
      case WORKER_PAUSE -> workers.pauseOne(step.number(), step.millis());
      case WRONG_CLOCK, BIG_PAYLOAD, FOREIGN, LEADER_KILL, UPGRADE ->
          throw new IllegalArgumentException("not drawn: " + step.fault());
    }
  }

  private void lameDuck() throws InterruptedException {
    long pid = server.pid().orElseThrow();
    try {
      int unused = new ProcessBuilder("kill", "-USR2", Long.toString(pid)).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long untilNanos = System.nanoTime() + LAME_NANOS;
    while (ProcessHandle.of(pid).isPresent() && System.nanoTime() - untilNanos < 0) {
      Pause.millis(50);
    }
    server.restart();
  }

  private static FaultProxy.Way way(Schedule.Step step) {
    return (step.number() & 1) == 0 ? FaultProxy.Way.TO_CLIENT : FaultProxy.Way.TO_SERVER;
  }
}
