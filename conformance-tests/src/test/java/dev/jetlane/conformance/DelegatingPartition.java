// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.AckOutcome;
import dev.jetlane.AsyncTaskHandler;
import dev.jetlane.BatchHandler;
import dev.jetlane.Codec;
import dev.jetlane.DeadLetters;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Puller;
import dev.jetlane.PushReceipt;
import dev.jetlane.PushReport;
import dev.jetlane.Stats;
import dev.jetlane.Task;
import dev.jetlane.TaskHandler;
import dev.jetlane.TypedPartition;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A partition that delegates all calls except the overridden one. */
class DelegatingPartition implements Partition {

  private final Partition delegate;
  private final Layers layers;

  DelegatingPartition(Partition delegate, Layers layers) {
    this.delegate = delegate;
    this.layers = layers;
  }

  DelegatingPartition(Partition delegate) {
    this(delegate, Layers.NONE);
  }

  @Override
  public String name() {
    return delegate.name();
  }

  @Override
  public PushReceipt push(Task task) {
    return delegate.push(task);
  }

  @Override
  public CompletableFuture<PushReceipt> pushAsync(Task task) {
    return delegate.pushAsync(task);
  }

  @Override
  public PushReport pushAll(List<Task> tasks) {
    return delegate.pushAll(tasks);
  }

  @Override
  public List<PushReceipt> pushAtomically(List<Task> tasks) {
    return delegate.pushAtomically(tasks);
  }

  @Override
  public boolean cancel(String taskId) {
    return delegate.cancel(taskId);
  }

  @Override
  public Puller puller(PullOptions options) {
    return layers.puller().apply(new DelegatingPuller(delegate.puller(options), layers));
  }

  @Override
  public List<AckOutcome> ackAll(List<? extends Delivery> deliveries) {
    return delegate.ackAll(deliveries);
  }

  @Override
  public Worker work(TaskHandler handler, WorkerOptions options) {
    return delegate.work(handler, options);
  }

  @Override
  public Worker workAsync(AsyncTaskHandler handler, WorkerOptions options) {
    return delegate.workAsync(handler, options);
  }

  @Override
  public Worker workBatches(
      BatchHandler handler, int maxSize, Duration maxWait, WorkerOptions options) {
    return delegate.workBatches(handler, maxSize, maxWait, options);
  }

  @Override
  public <T> TypedPartition<T> typed(Codec<T> codec) {
    return delegate.typed(codec);
  }

  @Override
  public DeadLetters deadLetters() {
    return delegate.deadLetters();
  }

  @Override
  public Optional<Duration> oldestAge() {
    return delegate.oldestAge();
  }

  @Override
  public Stats stats() {
    return delegate.stats();
  }
}
