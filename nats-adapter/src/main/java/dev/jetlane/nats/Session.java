package dev.jetlane.nats;

import dev.jetlane.QueueUnavailableException;
import dev.jetlane.spi.LeaseKeeper;
import dev.jetlane.spi.Observation;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** What all parts of one queue object share. */
final class Session {

  private static final System.Logger LOG = System.getLogger("dev.jetlane.nats");
  private static final AtomicLong NUMBERS = new AtomicLong();

  final NatsOptions options;
  final Link link;
  final ScheduledExecutorService timer;
  final Replies replies;
  final Admin admin;
  final Semaphore pushPermits;
  final LeaseKeeper keeper;
  final Observation observation;

  Session(NatsOptions options, Link link) {
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
    keeper = new KeeperTimer(timer).keeper;
    replies = new Replies(link, options.requestTimeout(), timer);
    admin = new Admin(link, options, name + "-admin");
    pushPermits = new Semaphore(options.maxInFlight());
    observation = Observation.by(options.listeners());
    link.tell(observation);
  }

  Duration requestTimeout() {
    return options.requestTimeout();
  }

  /** Says what needs attention, to the log and to the listeners. */
  void warn(String text) {
    LOG.log(System.Logger.Level.WARNING, text);
    observation.warned(text);
  }

  /** Publishes what nobody answers. */
  void publish(String subject, byte[] body) {
    link.requireOpen();
    try {
      link.sender().publish(subject, body);
    } catch (IllegalStateException e) {
      throw new QueueUnavailableException("the connection is down: nothing was sent", e);
    }
  }

  void close() {
    keeper.close();
    link.release();
    replies.close();
    admin.close();
    timer.shutdownNow();
  }
}
