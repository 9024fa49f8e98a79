// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.Page;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.QueueAdmin;
import dev.jetlane.Removal;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** An operator's partition that delegates all calls except the overridden one. */
class DelegatingAdmin implements PartitionAdmin {

  private final PartitionAdmin delegate;

  DelegatingAdmin(PartitionAdmin delegate) {
    this.delegate = delegate;
  }

  /** A queue with another list of partitions for its operator. */
  static TaskQueue listing(TaskQueue queue, UnaryOperator<List<PartitionSummary>> breaking) {
    return new DelegatingQueue(queue) {
      @Override
      public QueueAdmin admin() {
        QueueAdmin admin = super.admin();
        return new QueueAdmin() {
          @Override
          public List<PartitionSummary> partitions() {
            return breaking.apply(admin.partitions());
          }

          @Override
          public PartitionAdmin partition(String name) {
            return admin.partition(name);
          }
        };
      }
    };
  }

  /** A queue with other partitions for its operator. */
  static TaskQueue of(TaskQueue queue, UnaryOperator<PartitionAdmin> breaking) {
    return new DelegatingQueue(queue) {
      @Override
      public QueueAdmin admin() {
        QueueAdmin admin = super.admin();
        return new QueueAdmin() {
          @Override
          public List<PartitionSummary> partitions() {
            return admin.partitions();
          }

          @Override
          public PartitionAdmin partition(String name) {
            return breaking.apply(admin.partition(name));
          }
        };
      }
    };
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public PartitionSummary summary() {
    return delegate.summary();
  }

  @Override
  public Page<TaskInfo> tasks(TaskQuery query) {
    return delegate.tasks(query);
  }

  @Override
  public Optional<TaskInfo> find(String taskId) {
    return delegate.find(taskId);
  }

  @Override
  public Removal remove(String taskId) {
    return delegate.remove(taskId);
  }

  @Override
  public long purge() {
    return delegate.purge();
  }

  @Override
  public void delete() {
    delegate.delete();
  }

  @Override
  public void deleteWithTasks() {
    delegate.deleteWithTasks();
  }

  @Override
  public void pause(Duration time) {
    delegate.pause(time);
  }

  @Override
  public void resume() {
    delegate.resume();
  }

  @Override
  public DeadLetterAdmin deadLetters() {
    return delegate.deadLetters();
  }
}
