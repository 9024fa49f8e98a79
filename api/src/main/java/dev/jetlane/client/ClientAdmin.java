// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Limits;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueAdmin;
import dev.jetlane.QueueRejectedException;
import dev.jetlane.driver.AdminDriver;
import dev.jetlane.driver.PartitionAdminDriver;
import java.util.List;

/** The operator's view of a queue. */
final class ClientAdmin implements QueueAdmin {

  private final Session session;
  private final AdminDriver driver;

  ClientAdmin(Session session, AdminDriver driver) {
    this.session = session;
    this.driver = driver;
  }

  @Override
  public List<PartitionSummary> partitions() {
    return session.call(null, null, driver::partitions);
  }

  @Override
  public PartitionAdmin partition(String name) {
    Limits.checkPartitionName(name);
    return session.call(
        name,
        null,
        deadline -> {
          PartitionAdminDriver found = driver.partitionAdmin(name, deadline);
          if (found == null) {
            throw new QueueRejectedException("there is no partition " + name, null);
          }
          return new ClientPartitionAdmin(session, name, found);
        });
  }
}
