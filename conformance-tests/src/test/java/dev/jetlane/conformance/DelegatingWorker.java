// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Health;
import dev.jetlane.Worker;
import java.time.Duration;

/** A worker that delegates all calls except the overridden one. */
class DelegatingWorker implements Worker {

  private final Worker delegate;

  DelegatingWorker(Worker delegate) {
    this.delegate = delegate;
  }

  @Override
  public String partition() {
    return delegate.partition();
  }

  @Override
  public int concurrency() {
    return delegate.concurrency();
  }

  @Override
  public State state() {
    return delegate.state();
  }

  @Override
  public int running() {
    return delegate.running();
  }

  @Override
  public int ahead() {
    return delegate.ahead();
  }

  @Override
  public Health health() {
    return delegate.health();
  }

  @Override
  public void pause() {
    delegate.pause();
  }

  @Override
  public void resume() {
    delegate.resume();
  }

  @Override
  public boolean drain(Duration deadline) throws InterruptedException {
    return delegate.drain(deadline);
  }

  @Override
  public void close() {
    delegate.close();
  }
}
