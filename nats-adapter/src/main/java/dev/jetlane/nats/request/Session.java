package dev.jetlane.nats.request;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.nats.NatsOptions;
import dev.jetlane.nats.wire.ConnectionMonitor;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** What all parts of one queue object share. */
public final class Session {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final AtomicLong NUMBERS = new AtomicLong();

  public final NatsOptions options;
  public final ConnectionMonitor link;
  public final ScheduledExecutorService timer;
  public final RequestTable replies;
  public final JetStreamApi admin;
  public final Semaphore pushPermits;
  public final LeaseKeeper keeper;
  public final Observation observation;

  public Session(NatsOptions options, ConnectionMonitor link) {
    this.options = options;
    this.link = link;
    String name = "jetlane-nats-" + NUMBERS.incrementAndGet();
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    keeper = new LeaseKeeperClock(timer).keeper;
    replies = new RequestTable(link, options.requestTimeout(), timer);
    admin = new JetStreamApi(link, options, name + "-admin");
    pushPermits = new Semaphore(options.maxInFlight());
    observation = Observation.by(options.listeners());
    link.tell(observation);
  }

  public Duration requestTimeout() {
    return options.requestTimeout();
  }

  /** Says what needs attention, to the log and to the listeners. */
  public void warn(String text) {
    LOG.log(System.Logger.Level.WARNING, text);
    observation.warned(text);
  }

  /** Publishes what nobody answers. */
  public void publish(String subject, byte[] body) {
    link.requireOpen();
    try {
      link.sender().publish(subject, body);
    } catch (IllegalStateException e) {
      throw new QueueUnavailableException("the connection is down: nothing was sent", e);
    }
  }

  public void close() {
    keeper.close();
    link.release();
    replies.close();
    admin.close();
    timer.shutdownNow();
  }
}
