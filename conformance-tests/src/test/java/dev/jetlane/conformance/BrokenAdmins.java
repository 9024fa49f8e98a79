// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Page;
import dev.jetlane.Partition;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.PartitionSummary;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import dev.jetlane.Removal;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskInfo;
import dev.jetlane.TaskQuery;
import dev.jetlane.TaskQueue;
import dev.jetlane.TaskState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Calls for operators with one fault each. */
final class BrokenAdmins {

  private BrokenAdmins() {}

  /** Returns the list of partitions in reverse order. */
  static List<PartitionSummary> reversed(List<PartitionSummary> all) {
    List<PartitionSummary> reversed = new ArrayList<>();
    all.forEach(summary -> reversed.add(0, summary));
    return reversed;
  }

  /** The list of partitions shows a paused one as running. */
  static List<PartitionSummary> hidesPauses(List<PartitionSummary> all) {
    return all.stream()
        .map(
            summary ->
                new PartitionSummary(
                    summary.name(), summary.stats(), summary.waitingPulls(), Optional.empty()))
        .toList();
  }

  /** Each page but the first repeats the end of the one before. */
  static PartitionAdmin losesTheLastOfAPage(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Page<TaskInfo> tasks(TaskQuery query) {
        Page<TaskInfo> page = super.tasks(query);
        int size = page.items().size();
        return size < 2 || page.next().isEmpty()
            ? page
            : new Page<>(page.items().subList(0, size - 1), page.next());
      }
    };
  }

  /** A listing that leases tasks and gives them back. */
  static TaskQueue looksByPulling(TaskQueue queue) {
    Partition partition = queue.partition("p0");
    return DelegatingAdmin.of(
        queue,
        admin ->
            new DelegatingAdmin(admin) {
              @Override
              public Optional<TaskInfo> find(String taskId) {
                try (Puller puller = partition.puller()) {
                  puller.pull(1, Duration.ZERO).forEach(Delivery::nak);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                return super.find(taskId);
              }
            });
  }

  static PartitionAdmin alwaysShowsPayloads(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Page<TaskInfo> tasks(TaskQuery query) {
        return super.tasks(query.withPayloads());
      }
    };
  }

  /** The age of a task counts from the listing. */
  static PartitionAdmin everythingIsNew(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Page<TaskInfo> tasks(TaskQuery query) {
        Page<TaskInfo> page = super.tasks(query);
        return new Page<>(
            page.items().stream()
                .map(
                    task ->
                        new TaskInfo(
                            task.id(),
                            task.state(),
                            task.attempts(),
                            task.priority(),
                            Duration.ZERO,
                            task.dueIn(),
                            task.headers(),
                            task.payloadBytes(),
                            task.payload()))
                .toList(),
            page.next());
      }
    };
  }

  /** An unreadable start of a page is taken for the beginning. */
  static PartitionAdmin startsSomewhere(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Page<TaskInfo> tasks(TaskQuery query) {
        try {
          return super.tasks(query);
        } catch (InvalidInputException e) {
          return super.tasks(TaskQuery.defaults());
        }
      }
    };
  }

  /** Outstanding tasks are not found. */
  static PartitionAdmin findsReadyAlone(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Optional<TaskInfo> find(String taskId) {
        return super.find(taskId).filter(task -> task.state() != TaskState.OUTSTANDING);
      }
    };
  }

  /** A removal that only reports success. */
  static PartitionAdmin removesNothing(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      private final List<String> removed = new ArrayList<>();

      @Override
      public Removal remove(String taskId) {
        if (removed.contains(taskId) || find(taskId).isEmpty()) {
          return Removal.NOT_FOUND;
        }
        removed.add(taskId);
        return Removal.REMOVED;
      }
    };
  }

  /** A removal that does not check for a holder. */
  static PartitionAdmin removesOutstanding(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public Removal remove(String taskId) {
        Removal removal = super.remove(taskId);
        if (removal == Removal.OUTSTANDING) {
          purge();
          return Removal.REMOVED;
        }
        return removal;
      }
    };
  }

  /** A purge that removes the dead letters, too. */
  static PartitionAdmin purgesTheDead(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public long purge() {
        deadLetters().purge();
        return super.purge();
      }
    };
  }

  /** A purge that leaves a task which takes room. */
  static TaskQueue purgeLeavesOne(TaskQueue queue) {
    Partition partition = queue.partition("p0");
    return DelegatingAdmin.of(
        queue,
        admin ->
            new DelegatingAdmin(admin) {
              @Override
              public long purge() {
                long purged = super.purge();
                partition.push(Task.of("left", ""));
                return purged;
              }
            });
  }

  static PartitionAdmin deletesWhatIsPulledFrom(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void delete() {
        Stats stats = summary().stats();
        if (stats.backlog() + stats.delayed() + stats.dead() == 0) {
          deleteWithTasks();
        } else {
          super.delete();
        }
      }
    };
  }

  static PartitionAdmin deletionIsAPurge(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void deleteWithTasks() {
        purge();
        deadLetters().purge();
      }
    };
  }

  static PartitionAdmin doesNotPause(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void pause(Duration time) {
        super.pause(Duration.ofMillis(1));
        super.resume();
      }
    };
  }

  static PartitionAdmin pausesForever(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void pause(Duration time) {
        super.pause(Duration.ofDays(300));
      }
    };
  }

  static PartitionAdmin doesNotResume(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void resume() {}
    };
  }

  static PartitionAdmin pausesTheDeleted(PartitionAdmin admin) {
    return new DelegatingAdmin(admin) {
      @Override
      public void pause(Duration time) {
        try {
          super.pause(time);
        } catch (QueueUnavailableException missing) {
          // Lost.
        }
      }
    };
  }
}
