package dev.jetlane.client;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.driver.PartitionDriver;
import java.util.List;

/** The dead letters of a partition that a user holds. */
final class ClientDeadLetters implements DeadLetters {

  private final Session session;
  private final PartitionDriver driver;

  ClientDeadLetters(Session session, PartitionDriver driver) {
    this.session = session;
    this.driver = driver;
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    session.requireOpen();
    return driver.deadLetters(max, session.deadlineNanos(max));
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    session.requireOpen();
    return driver.redrive(id, session.deadlineNanos());
  }

  @Override
  public long purge() {
    session.requireOpen();
    return driver.purgeDeadLetters(session.deadlineNanos());
  }
}
