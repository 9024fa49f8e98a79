// SPDX-License-Identifier: Apache-2.0
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
import java.util.function.Predicate;

/** The dead letters that an operator holds. */
final class ClientDeadLetterAdmin implements DeadLetterAdmin {

  private static final int PAGE = 100;

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
  public int remove(DeadLetterQuery query) throws InterruptedException {
    checkChange(query, Duration.ZERO);
    return each(query, Duration.ZERO, this::remove, driver::removePage);
  }

  @Override
  public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
    checkChange(query, between);
    return each(query, between, this::redrive, driver::redrivePage);
  }

  @Override
  public int move(DeadLetterQuery query, String to, Duration between) throws InterruptedException {
    Limits.checkPartitionName(to);
    checkChange(query, between);
    requireUninterrupted();
    session.run(partition, deadline -> driver.requireTarget(to, deadline));
    return each(
        query,
        between,
        id -> move(id, to),
        (page, stepNanos) -> driver.movePage(page, to, stepNanos));
  }

  /** Changes the letters of a page together, as in {@link DeadLetterDriver#redrivePage}. */
  private interface PageChange {
    Optional<Page<String>> apply(DeadLetterQuery page, long stepNanos);
  }

  /**
   * Changes letters until the maximum of the query is reached: together if the driver can and no
   * pause is requested. Memory holds one page of them.
   */
  private int each(
      DeadLetterQuery query, Duration between, Predicate<String> change, PageChange together)
      throws InterruptedException {
    int changed = 0;
    Optional<String> next = query.start();
    do {
      requireUninterrupted();
      DeadLetterQuery rest = query.withMax(Math.min(PAGE, query.max() - changed));
      DeadLetterQuery page = next.map(rest::withStart).orElse(rest);
      Optional<Page<String>> done = between.isZero() ? changed(page, together) : Optional.empty();
      if (done.isPresent()) {
        changed += done.get().items().size();
        next = done.get().next();
        continue;
      }
      Page<DeadLetter> letters = page(page);
      for (DeadLetter letter : letters.items()) {
        requireUninterrupted();
        if (changed > 0) {
          session.pause(between);
        }
        changed += change.test(letter.id()) ? 1 : 0;
      }
      next = letters.next();
    } while (changed < query.max() && next.isPresent());
    return changed;
  }

  private Optional<Page<String>> changed(DeadLetterQuery page, PageChange together) {
    return session.call(partition, null, unused -> together.apply(page, session.timeoutNanos()));
  }

  private static void checkChange(DeadLetterQuery query, Duration between) {
    present("query of dead letters", query);
    Limits.checkBetween(between);
  }

  private static void requireUninterrupted() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
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
