package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;
import dev.jetlane.TaskQueueException;
import java.time.Duration;

/** A listener that tells another one of tasks, for one override. */
class DelegatingListener implements QueueListener {

  private final QueueListener delegate;

  DelegatingListener(QueueListener delegate) {
    this.delegate = delegate;
  }

  @Override
  public Task pushing(String partition, Task task) {
    return delegate.pushing(partition, task);
  }

  @Override
  public void pushed(String partition, String taskId, boolean duplicate) {
    delegate.pushed(partition, taskId, duplicate);
  }

  @Override
  public void pushFailed(String partition, String taskId, TaskQueueException error) {
    delegate.pushFailed(partition, taskId, error);
  }

  @Override
  public void pulled(String partition, int tasks) {
    delegate.pulled(partition, tasks);
  }

  @Override
  public void redelivered(Delivery delivery) {
    delegate.redelivered(delivery);
  }

  @Override
  public void pullFailed(String partition, TaskQueueException error) {
    delegate.pullFailed(partition, error);
  }

  @Override
  public void acked(Delivery delivery, boolean late, long heldNanos) {
    delegate.acked(delivery, late, heldNanos);
  }

  @Override
  public void naked(Delivery delivery, Duration delay, long heldNanos) {
    delegate.naked(delivery, delay, heldNanos);
  }

  @Override
  public void extended(Delivery delivery) {
    delegate.extended(delivery);
  }

  @Override
  public void deadLettered(Delivery delivery, String reason, long heldNanos) {
    delegate.deadLettered(delivery, reason, heldNanos);
  }

  @Override
  public void exhausted(String partition, String taskId) {
    delegate.exhausted(partition, taskId);
  }

  @Override
  public void leaseLost(Delivery delivery) {
    delegate.leaseLost(delivery);
  }

  @Override
  public void settleFailed(Delivery delivery, TaskQueueException error) {
    delegate.settleFailed(delivery, error);
  }
}
