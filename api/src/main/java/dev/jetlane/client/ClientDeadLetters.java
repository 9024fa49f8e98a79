// SPDX-License-Identifier: Apache-2.0
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
  private final String partition;
  private final PartitionDriver driver;

  ClientDeadLetters(Session session, String partition, PartitionDriver driver) {
    this.session = session;
    this.partition = partition;
    this.driver = driver;
  }

  @Override
  public List<DeadLetter> list(int max) {
    Limits.checkPullSize(max);
    return session.call(
        partition, null, session.deadlineNanos(max), deadline -> driver.deadLetters(max, deadline));
  }

  @Override
  public boolean redrive(String id) {
    if (id == null) {
      throw new InvalidInputException("dead-letter id", null, "must not be null");
    }
    return session.call(partition, null, deadline -> driver.redrive(id, deadline));
  }

  @Override
  public long purge() {
    return session.call(partition, null, driver::purgeDeadLetters);
  }
}
