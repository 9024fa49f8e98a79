// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.DeadLetter;
import dev.jetlane.DeadLetterAdmin;
import dev.jetlane.DeadLetterQuery;
import dev.jetlane.Limits;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Page;
import dev.jetlane.PartitionAdmin;
import dev.jetlane.QueueFullException;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Calls for dead letters with one fault each. */
final class BrokenLetters {

  private BrokenLetters() {}

  /** Dead letters that delegate all calls except the overridden one. */
  static class Delegating implements DeadLetterAdmin {

    private final DeadLetterAdmin delegate;

    Delegating(DeadLetterAdmin delegate) {
      this.delegate = delegate;
    }

    @Override
    public Page<DeadLetter> page(DeadLetterQuery query) {
      return delegate.page(query);
    }

    @Override
    public Optional<DeadLetter> find(String id) {
      return delegate.find(id);
    }

    @Override
    public boolean remove(String id) {
      return delegate.remove(id);
    }

    @Override
    public boolean redrive(String id) {
      return delegate.redrive(id);
    }

    @Override
    public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
      return delegate.redrive(query, between);
    }

    @Override
    public int remove(DeadLetterQuery query) throws InterruptedException {
      return delegate.remove(query);
    }

    @Override
    public boolean move(String id, String partition) {
      return delegate.move(id, partition);
    }

    @Override
    public int move(DeadLetterQuery query, String partition, Duration between)
        throws InterruptedException {
      return delegate.move(query, partition, between);
    }

    @Override
    public long purge() {
      return delegate.purge();
    }
  }

  static UnaryOperator<PartitionAdmin> of(UnaryOperator<DeadLetterAdmin> breaking) {
    return admin ->
        new DelegatingAdmin(admin) {
          @Override
          public DeadLetterAdmin deadLetters() {
            return breaking.apply(super.deadLetters());
          }
        };
  }

  /** The start of a page is ignored: each page is the first. */
  static DeadLetterAdmin pagesEndEarly(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public Page<DeadLetter> page(DeadLetterQuery query) {
        return new Page<>(super.page(query).items(), Optional.empty());
      }
    };
  }

  /** A removal that removes the newest letter. */
  static DeadLetterAdmin removesTheNewest(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public boolean remove(String id) {
        boolean found = find(id).isPresent();
        if (found) {
          var all = list(100);
          super.remove(all.get(all.size() - 1).id());
        }
        return found;
      }
    };
  }

  /** A redrive that ignores its query. */
  static DeadLetterAdmin redrivesAny(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
        return super.redrive(DeadLetterQuery.defaults().withMax(query.max()), between);
      }
    };
  }

  /** A removal that ignores its query. */
  static DeadLetterAdmin removesAny(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int remove(DeadLetterQuery query) throws InterruptedException {
        return super.remove(DeadLetterQuery.defaults().withMax(query.max()));
      }
    };
  }

  /** A move that ignores its maximum. */
  static DeadLetterAdmin movesAll(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int move(DeadLetterQuery query, String partition, Duration between)
          throws InterruptedException {
        return super.move(query.withMax(Limits.MAX_PULL), partition, between);
      }
    };
  }

  /** A move that loses a task of a high priority. */
  static DeadLetterAdmin moveLosesUrgent(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public boolean move(String id, String partition) {
        boolean urgent = find(id).filter(letter -> letter.priority() > 1).isPresent();
        return urgent ? remove(id) : super.move(id, partition);
      }
    };
  }

  /** A move by query that looks for its target at the first letter. */
  static DeadLetterAdmin movesNoneAnywhere(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int move(DeadLetterQuery query, String partition, Duration between)
          throws InterruptedException {
        return page(query).items().isEmpty() ? 0 : super.move(query, partition, between);
      }
    };
  }

  /** A redrive of many that removes the letters before it stores their tasks. */
  static DeadLetterAdmin refusedAreLost(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
        try {
          return super.redrive(query, between);
        } catch (QueueFullException e) {
          int unused = super.remove(query);
          throw e;
        }
      }
    };
  }

  static DeadLetterAdmin redrivesWithoutPause(DeadLetterAdmin letters) {
    return new Delegating(letters) {
      @Override
      public int redrive(DeadLetterQuery query, Duration between) throws InterruptedException {
        return super.redrive(query, Duration.ZERO);
      }
    };
  }

  /** A move that leaves the letter. */
  static TaskQueue moveLeavesTheLetter(TaskQueue queue) {
    return DelegatingAdmin.of(
        queue,
        of(
            letters ->
                new Delegating(letters) {
                  @Override
                  public boolean move(String id, String partition) {
                    Optional<DeadLetter> letter = find(id);
                    boolean unused = letter.isEmpty() && super.move(id, partition);
                    letter.ifPresent(
                        copy ->
                            queue
                                .partition(partition)
                                .push(Task.of(copy.taskId(), copy.payload())));
                    return letter.isPresent();
                  }
                }));
  }

  /** A move that stores another task at each repetition. */
  static TaskQueue moveStoresAgain(TaskQueue queue) {
    return DelegatingAdmin.of(
        queue,
        of(
            letters ->
                new Delegating(letters) {
                  private int moves;

                  @Override
                  public boolean move(String id, String partition) {
                    try {
                      return super.move(id, partition);
                    } catch (OutcomeUnknownException e) {
                      queue.partition(partition).push(Task.of("task-0/" + ++moves, ""));
                      throw e;
                    }
                  }
                }));
  }

  /** A redrive of many letters that stores the failed letter as another task when it continues. */
  static TaskQueue brokenRedriveStoresAgain(TaskQueue queue) {
    return DelegatingAdmin.of(
        queue,
        of(
            letters ->
                new Delegating(letters) {
                  @Override
                  public int redrive(DeadLetterQuery query, Duration between)
                      throws InterruptedException {
                    DeadLetter first = list(1).get(0);
                    try {
                      return super.redrive(query, between);
                    } catch (OutcomeUnknownException e) {
                      queue.partition("p0").push(Task.of(first.taskId() + "/again", ""));
                      throw e;
                    }
                  }
                }));
  }
}
