package dev.jetlane.nats.request;

import dev.jetlane.QueueListener;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.nats.wire.FlushLock;
import dev.jetlane.nats.wire.Refusals;
import dev.jetlane.nats.wire.Sender;
import dev.jetlane.nats.wire.Wire;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** The parts that one queue object has once. A class takes the ones that it uses. */
public final class Session {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final AtomicLong NUMBERS = new AtomicLong();

  public final Settings settings;
  public final ConnectionMonitor monitor;
  public final Refusals refusals;
  public final Sender sender;
  public final FlushLock flushLock;
  public final QueueTimer timer;
  public final RequestTable requests;
  public final JetStreamApi api;

  /** One for each push that is not confirmed. */
  public final Semaphore pushPermits;

  public final LeaseKeeper keeper;
  public final Observation observation;
  private final Wire wire;

  /** On a connection that is open. */
  public Session(Settings settings, Wire wire, List<QueueListener> listeners) {
    this.settings = settings;
    this.wire = wire;
    monitor = wire.monitor();
    refusals = wire.refusals();
    sender = wire.sender();
    flushLock = wire.flushLock();
    String name = "jetlane-nats-" + NUMBERS.incrementAndGet();
    timer = new QueueTimer(name);
    keeper = new LeaseKeeperClock(timer).keeper;
    pushPermits = new Semaphore(settings.maxInFlight());
    requests = new RequestTable(wire, timer);
    api =
        new JetStreamApi(wire, settings.inboxPrefix(), settings.requestTimeout(), name + "-admin");
    new ConnectionWatch(wire, api, timer);
    observation = Observation.by(listeners);
    monitor.tell(observation);
  }

  /** The deadline of a call that begins now. */
  public long deadlineNanos() {
    return System.nanoTime() + settings.requestTimeout().toNanos();
  }

  /** Says what needs attention, to the log and to the listeners. */
  public void warn(String text) {
    LOG.log(System.Logger.Level.WARNING, text);
    observation.warned(text);
  }

  /** Publishes a message that is not answered. */
  public void publish(String subject, byte[] body) {
    monitor.requireOpen();
    try {
      sender.publish(subject, body);
    } catch (IllegalStateException e) {
      throw new QueueUnavailableException("the connection is down: nothing was sent", e);
    }
  }

  /** Ends its threads, and what is under way. */
  public void close() {
    keeper.close();
    wire.release();
    requests.close();
    api.close();
    timer.close();
  }
}
