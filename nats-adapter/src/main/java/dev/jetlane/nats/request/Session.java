// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.nats.wire.Bells;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import dev.jetlane.nats.wire.Refusals;
import dev.jetlane.nats.wire.Sender;
import dev.jetlane.nats.wire.Wire;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The shared parts of one queue object. A class takes the parts that it uses. */
public final class Session {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");

  /** Few threads are enough, because a step is short and does not wait. */
  private static final int STEPS_AT_A_TIME = 4;

  /** A withdrawal waits for the server, a few milliseconds in all. */
  private static final int WITHDRAWALS_AT_A_TIME = 16;

  private static final AtomicLong NUMBERS = new AtomicLong();

  public final Settings settings;
  public final ConnectionMonitor monitor;
  public final Refusals refusals;
  public final Sender sender;
  public final FlushLock flushLock;
  public final QueueTimer timer;
  public final RequestTable requests;
  public final JetStreamApi api;
  public final StoredMessages stored;
  public final Bells bells;
  public final Lookout lookout;

  /** The threads for the steps of pulls that wait without a thread. */
  public final ThreadPoolExecutor steps;

  /** The threads that withdraw the requests of such pulls after a cancellation. */
  public final ThreadPoolExecutor withdrawals;

  /** One permit for each unconfirmed push. */
  public final Semaphore pushPermits;

  /** Receives the events that only the driver knows. */
  public final DriverEvents events;

  public final DriverClock clock;
  private final Wire wire;

  /** Creates the parts on an open connection. */
  public Session(Settings settings, Wire wire, DriverEvents events) {
    this.settings = settings;
    this.wire = wire;
    monitor = wire.monitor();
    refusals = wire.refusals();
    sender = wire.sender();
    flushLock = wire.flushLock();
    String name = "jetlane-nats-" + NUMBERS.incrementAndGet();
    timer = new QueueTimer(name);
    clock = DriverClock.ofMachine(timer::after);
    pushPermits = new Semaphore(settings.maxInFlight());
    requests = new RequestTable(wire, timer, settings.queue().dedupWindow());
    api =
        new JetStreamApi(
            wire,
            settings.layout().apiPrefix(),
            settings.inboxPrefix(),
            settings.requestTimeout(),
            name + "-admin");
    stored = new StoredMessages(api);
    bells = new Bells(monitor);
    lookout = new Lookout(monitor, refusals, timer);
    steps = threads(name + "-pulls", STEPS_AT_A_TIME);
    withdrawals = threads(name + "-withdrawals", WITHDRAWALS_AT_A_TIME);
    new ConnectionWatch(wire, api::runAsync, timer);
    this.events = events;
    monitor.tell(events);
  }

  private static ThreadPoolExecutor threads(String name, int most) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            most,
            most,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Returns the deadline of a call that begins now. */
  public long deadlineNanos() {
    return System.nanoTime() + settings.requestTimeout().toNanos();
  }

  /** Reports a warning to the log and to the listeners. */
  public void warn(String text) {
    LOG.log(System.Logger.Level.WARNING, text);
    events.warned(text);
  }

  /** Ends the threads, and all open requests. */
  public void close() {
    wire.release();
    requests.close();
    // A step that has not begun would otherwise never end its pull.
    steps.shutdownNow().forEach(Runnable::run);
    withdrawals.shutdownNow().forEach(Runnable::run);
    bells.close();
    api.close();
    timer.close();
  }
}
