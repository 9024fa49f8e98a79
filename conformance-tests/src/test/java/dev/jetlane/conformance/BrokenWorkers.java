// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.AckOutcome;
import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Delivery;
import dev.jetlane.Health;
import dev.jetlane.Partition;
import dev.jetlane.RetryPolicy;
import dev.jetlane.Settlement;
import dev.jetlane.TaskHandler;
import dev.jetlane.TaskQueue;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/** Partitions whose workers have one fault each. */
final class BrokenWorkers {

  private BrokenWorkers() {}

  /** A task is not acked after its handler returned. */
  static Partition returningGivesBack(Partition partition) {
    return withHandler(
        partition,
        handler ->
            delivery -> {
              handler.handle(delivery);
              delivery.nak();
            });
  }

  /** An Error that ends the worker. */
  static Partition diesOfAnError(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        Worker[] worker = new Worker[1];
        worker[0] =
            super.work(
                delivery -> {
                  try {
                    handler.handle(delivery);
                  } catch (Error e) {
                    worker[0].pause();
                    throw e;
                  }
                },
                options);
        return worker[0];
      }
    };
  }

  /** A failure of the handler counts as success. */
  static Partition swallowsFailures(Partition partition) {
    return withHandler(
        partition,
        handler ->
            delivery -> {
              try {
                handler.handle(delivery);
              } catch (Exception e) {
                delivery.ack();
              }
            });
  }

  /** The worker overrules the handler's settlement. */
  static Partition overrulesTheHandler(Partition partition) {
    return withHandler(
        partition,
        handler ->
            delivery ->
                handler.handle(
                    new DelegatingDelivery(delivery) {
                      @Override
                      public Settlement nak() {
                        return Settlement.SETTLED;
                      }
                    }));
  }

  /** Each task is a batch. */
  static Partition doesNotCollect(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker workBatches(
          BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
        return super.workBatches(handler, 1, maxWait, options);
      }
    };
  }

  /** A batch starts before its wait has passed. */
  static Partition startsBatchesEarly(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker workBatches(
          BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
        return super.workBatches(handler, maxSize, maxWait.dividedBy(2), options);
      }
    };
  }

  /** The failure of one task is that of its batch. */
  static Partition failsWholeBatches(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker workBatches(
          BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
        return super.workBatches(
            batch -> {
              Map<Delivery, ? extends Throwable> failures = handler.handle(batch);
              if (!failures.isEmpty()) {
                throw new IllegalStateException("one failed");
              }
              return failures;
            },
            maxSize,
            maxWait,
            options);
      }
    };
  }

  /** An ack of several deliveries reports success for each. */
  static Partition reportsOneAckForAll(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public List<AckOutcome> ackAll(List<? extends Delivery> deliveries) {
        Settlement first = super.ackAll(deliveries).get(0).settlement();
        return deliveries.stream().map(each -> new AckOutcome(each, first, null)).toList();
      }
    };
  }

  /** A worker with one handler above its concurrency. */
  static Partition oneHandlerTooMany(Partition partition) {
    return withOptions(partition, options -> options.withConcurrency(options.concurrency() + 1));
  }

  /** A worker whose handlers wait for each other. */
  static Partition oneHandlerAtATime(Partition partition) {
    ReentrantLock lock = new ReentrantLock();
    return withHandler(
        partition,
        handler ->
            delivery -> {
              lock.lockInterruptibly();
              try {
                handler.handle(delivery);
              } finally {
                lock.unlock();
              }
            });
  }

  /** A worker that leases more tasks ahead than its option allows. */
  static Partition pullsTooMuch(Partition partition) {
    return withOptions(
        partition, options -> options.withFetchAhead(options.fetchAhead().orElse(0) + 2));
  }

  /** A worker that leases a thousand tasks ahead, whatever they take. */
  static Partition pullsThousand(Partition partition) {
    return withOptions(partition, options -> options.withFetchAhead(1_000));
  }

  /** A thread that keeps the interrupt of its last task. */
  static Partition interruptsTasks(Partition partition) {
    return withHandler(
        partition,
        handler ->
            delivery -> {
              Thread.currentThread().interrupt();
              handler.handle(delivery);
            });
  }

  /** A pause without effect. */
  static Partition doesNotPause(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public void pause() {}
            });
  }

  /** A pause that never ends. */
  static Partition doesNotResume(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public void resume() {}
            });
  }

  /** A drain that does not wait. */
  static Partition drainsAtOnce(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public boolean drain(Duration deadline) throws InterruptedException {
                return super.drain(Duration.ZERO);
              }
            });
  }

  /** A drain without a time limit. */
  static Partition drainsForEver(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public boolean drain(Duration deadline) throws InterruptedException {
                return super.drain(Duration.ofDays(1));
              }
            });
  }

  /** A worker that keeps no lease. */
  static Partition keepsNoLease(Partition partition) {
    return withOptions(partition, options -> options.withKeepFor(Duration.ZERO));
  }

  /** A handler that is not interrupted. */
  static Partition interruptsNobody(Partition partition) {
    return withOptions(
        partition,
        options ->
            WorkerOptions.concurrency(options.concurrency())
                .withRetryPolicy(options.retryPolicy())
                .withKeepFor(options.keepFor()));
  }

  /** A worker that does not end when it is closed. */
  static Partition outlivesItsClose(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public void close() {}
            });
  }

  /** A retry without the delay of the policy. */
  static Partition retriesAtOnce(Partition partition) {
    return withPolicy(
        partition,
        policy -> (attempt, failure) -> policy.delay(attempt, failure).map(delay -> Duration.ZERO));
  }

  /** A worker that retries a failed task immediately and repeatedly. */
  static Partition retriesWithoutPause(Partition partition) {
    return withPolicy(partition, policy -> RetryPolicy.fixed(Duration.ZERO));
  }

  /** A policy that always sees the first attempt. */
  static Partition attemptIsAlwaysTheFirst(Partition partition) {
    return withPolicy(partition, policy -> (attempt, failure) -> policy.delay(1, failure));
  }

  /** A policy that gives up is taken for a retry. */
  static Partition neverGivesUp(Partition partition) {
    return withPolicy(
        partition,
        policy ->
            (attempt, failure) ->
                Optional.of(policy.delay(attempt, failure).orElse(Duration.ofDays(1))));
  }

  /** A failure of the last attempt is not reported as the last. */
  static Partition givesBackTheLastFailure(Partition partition) {
    return withHandler(
        partition,
        handler ->
            delivery -> {
              try {
                handler.handle(delivery);
              } catch (Exception e) {
                delivery.nak();
                throw e;
              }
            });
  }

  /** A worker that gives tasks back when its executor refuses them. */
  static Partition givesBackRefused(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        if (options.executor().isEmpty()) {
          return super.work(handler, options);
        }
        Executor executor = options.executor().get();
        CompletableFuture<Worker> started = new CompletableFuture<>();
        Executor giving =
            task -> {
              try {
                executor.execute(task);
              } catch (RejectedExecutionException e) {
                Worker worker = started.join();
                worker.pause();
                worker.resume();
                throw e;
              }
            };
        Worker worker = super.work(handler, options.withExecutor(giving));
        started.complete(worker);
        return worker;
      }
    };
  }

  /** A queue whose close does not end its workers. */
  static TaskQueue outlivesItsQueue(TaskQueue queue) {
    return new DelegatingQueue(queue) {
      @Override
      public void close() {}
    };
  }

  /** An asynchronous handler counts as done when it returns its stage. */
  static Partition doesNotAwaitStages(Partition partition) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker workAsync(AsyncTaskHandler handler, WorkerOptions options) {
        return super.work(handler::handle, options);
      }
    };
  }

  /** A handler without a time limit. */
  static Partition hasNoTimeLimit(Partition partition) {
    return withOptions(
        partition,
        options ->
            WorkerOptions.concurrency(options.concurrency())
                .withCloseDeadline(options.closeDeadline())
                .withFailureListener(options.failureListener()));
  }

  /** A worker that always reports itself as healthy. */
  static Partition isAlwaysWell(Partition partition) {
    return withWorker(
        partition,
        worker ->
            new DelegatingWorker(worker) {
              @Override
              public Health health() {
                return Health.up();
              }
            });
  }

  /** A worker that does not report failures. */
  static Partition isSilent(Partition partition) {
    return withOptions(partition, options -> options.withFailureListener(failure -> {}));
  }

  private static Partition withPolicy(Partition partition, UnaryOperator<RetryPolicy> change) {
    return withOptions(
        partition, options -> options.withRetryPolicy(change.apply(options.retryPolicy())));
  }

  private static Partition withOptions(Partition partition, UnaryOperator<WorkerOptions> change) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        return super.work(handler, change.apply(options));
      }
    };
  }

  private static Partition withHandler(Partition partition, UnaryOperator<TaskHandler> change) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        return super.work(change.apply(handler), options);
      }
    };
  }

  private static Partition withWorker(Partition partition, UnaryOperator<Worker> change) {
    return new DelegatingPartition(partition) {
      @Override
      public Worker work(TaskHandler handler, WorkerOptions options) {
        return change.apply(super.work(handler, options));
      }
    };
  }
}
