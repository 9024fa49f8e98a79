// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Page;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.driver.PartitionAdminDriver;
import java.time.Duration;
import java.util.Optional;

/** The operator's view of a partition. */
final class ClientPartitionAdmin implements PartitionAdmin {

  private final Session session;
  private final String name;
  private final PartitionAdminDriver driver;
  private final DeadLetterAdmin deadLetters;

  ClientPartitionAdmin(Session session, String name, PartitionAdminDriver driver) {
    this.session = session;
    this.name = name;
    this.driver = driver;
    deadLetters = new ClientDeadLetterAdmin(session, name, driver.deadLetters());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PartitionSummary summary() {
    return session.call(name, null, driver::summary);
  }

  @Override
  public Page<TaskInfo> tasks(TaskQuery query) {
    if (query == null) {
      throw new InvalidInputException("query of tasks", null, "must not be null");
    }
    return session.call(
        name, null, session.deadlineNanos(query.max()), deadline -> driver.tasks(query, deadline));
  }

  @Override
  public Optional<TaskInfo> find(String taskId) {
    Limits.checkTaskId(taskId);
    return session.call(name, taskId, unused -> driver.find(taskId, session.timeoutNanos()));
  }

  @Override
  public Removal remove(String taskId) {
    Limits.checkTaskId(taskId);
    return session.call(name, taskId, unused -> driver.remove(taskId, session.timeoutNanos()));
  }

  @Override
  public long purge() {
    return session.call(name, null, driver::purge);
  }

  @Override
  public void delete() {
    delete(false);
  }

  @Override
  public void deleteWithTasks() {
    delete(true);
  }

  private void delete(boolean inUse) {
    session.run(name, deadline -> driver.delete(inUse, deadline));
  }

  @Override
  public void pause(Duration time) {
    Limits.checkPause(time);
    session.run(name, deadline -> driver.pause(time, deadline));
  }

  @Override
  public void resume() {
    session.run(name, driver::resume);
  }

  @Override
  public DeadLetterAdmin deadLetters() {
    return deadLetters;
  }

  @Override
  public String toString() {
    return "PartitionAdmin[" + name + "]";
  }
}
