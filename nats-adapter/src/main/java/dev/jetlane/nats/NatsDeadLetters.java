package dev.jetlane.nats;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetters;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.nats.operate.DeadLetterStore;
import dev.jetlane.nats.request.Session;
import java.util.List;

/** The dead letters of one partition. */
final class NatsDeadLetters implements DeadLetters {

  private final Session session;
  private final DeadLetterStore store;

  NatsDeadLetters(Session session, DeadLetterStore store) {
    this.session = session;
    this.store = store;
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    return store.list(max, session.deadlineNanos());
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    session.monitor.requireOpen();
    return store.redrive(id, session.deadlineNanos());
  }

  @Override
  public long purge() {
    return store.purge(session.deadlineNanos());
  }
}
