package dev.jetlane.client;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.driver.DeadLetterDriver;
import java.time.Duration;
import java.util.Optional;

/** The dead letters that an operator holds. */
final class ClientDeadLetterAdmin implements DeadLetterAdmin {

  private final Session session;
  private final String partition;
  private final DeadLetterDriver driver;

  ClientDeadLetterAdmin(Session session, String partition, DeadLetterDriver driver) {
    this.session = session;
    this.partition = partition;
    this.driver = driver;
  }

  @Override
  public Page<DeadLetter> page(DeadLetterQuery query) {
    present("query of dead letters", query);
    return session.call(
        partition,
        null,
        session.deadlineNanos(Limits.MAX_PULL),
        deadline -> driver.page(query, deadline));
  }

  @Override
  public Optional<DeadLetter> find(String id) {
    present("dead-letter id", id);
    return session.call(partition, null, deadline -> driver.find(id, deadline));
  }

  @Override
  public boolean remove(String id) {
    present("dead-letter id", id);
    return session.call(partition, null, deadline -> driver.remove(id, deadline));
  }

  @Override
  public boolean redrive(String id) {
    present("dead-letter id", id);
    return session.call(partition, null, deadline -> driver.redrive(id, deadline));
  }

  @Override
  public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
    Limits.checkBetween(between);
    DeadLetterQuery rest = present("query of dead letters", query);
    int redriven = 0;
    while (true) {
      Page<DeadLetter> page = page(rest.withMax(query.max() - redriven));
      for (DeadLetter letter : page.items()) {
        if (redriven > 0) {
          session.pause(between);
        }
        redriven += redrive(letter.id()) ? 1 : 0;
      }
      if (redriven >= query.max() || page.next().isEmpty()) {
        return redriven;
      }
      rest = rest.withStart(page.next().get());
    }
  }

  @Override
  public boolean move(String id, String to) {
    present("dead-letter id", id);
    Limits.checkPartitionName(to);
    return session.call(partition, null, deadline -> driver.move(id, to, deadline));
  }

  @Override
  public long purge() {
    return session.call(partition, null, driver::purge);
  }

  private static <T> T present(String what, T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }
}
