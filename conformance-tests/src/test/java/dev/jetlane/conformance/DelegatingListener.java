// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.QueueEvent;
import dev.jetlane.QueueListener;
import dev.jetlane.Task;

/** A listener that delegates all events except the overridden one. */
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
  public void pushed(QueueEvent.Pushed event) {
    delegate.pushed(event);
  }

  @Override
  public void pushFailed(QueueEvent.PushFailed event) {
    delegate.pushFailed(event);
  }

  @Override
  public void pulled(QueueEvent.Pulled event) {
    delegate.pulled(event);
  }

  @Override
  public void redelivered(QueueEvent.Redelivered event) {
    delegate.redelivered(event);
  }

  @Override
  public void pullFailed(QueueEvent.PullFailed event) {
    delegate.pullFailed(event);
  }

  @Override
  public Handling handling(Delivery delivery) {
    return delegate.handling(delivery);
  }

  @Override
  public void acked(QueueEvent.Acked event) {
    delegate.acked(event);
  }

  @Override
  public void givenBack(QueueEvent.GivenBack event) {
    delegate.givenBack(event);
  }

  @Override
  public void extended(QueueEvent.Extended event) {
    delegate.extended(event);
  }

  @Override
  public void deadLettered(QueueEvent.DeadLettered event) {
    delegate.deadLettered(event);
  }

  @Override
  public void exhausted(QueueEvent.Exhausted event) {
    delegate.exhausted(event);
  }

  @Override
  public void leaseLost(QueueEvent.LeaseLost event) {
    delegate.leaseLost(event);
  }

  @Override
  public void settleFailed(QueueEvent.SettleFailed event) {
    delegate.settleFailed(event);
  }
}
