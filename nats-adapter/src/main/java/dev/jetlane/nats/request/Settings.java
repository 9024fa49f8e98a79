package dev.jetlane.nats.request;

import dev.jetlane.QueueConfig;
import dev.jetlane.nats.layout.QueueLayout;
import java.time.Duration;

/**
 * The settings that all rooms share.
 *
 * @param requestTimeout the time of a call of a user
 * @param inboxPrefix what the subjects start with that answers come to
 * @param maxInFlight how many pushes may be unconfirmed
 */
public record Settings(
    QueueLayout layout,
    QueueConfig queue,
    Duration requestTimeout,
    String inboxPrefix,
    int maxInFlight,
    Dialect dialect) {

  /** These settings for a queue with another number of streams. */
  public Settings withStreams(int count) {
    return new Settings(
        layout.withStreams(count), queue, requestTimeout, inboxPrefix, maxInFlight, dialect);
  }
}
