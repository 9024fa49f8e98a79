// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A delivery that delegates all calls except the overridden one. */
class DelegatingDelivery implements Delivery {

  private final Delivery delegate;

  DelegatingDelivery(Delivery delegate) {
    this.delegate = delegate;
  }

  @Override
  public String taskId() {
    return delegate.taskId();
  }

  @Override
  public byte[] payload() {
    return delegate.payload();
  }

  @Override
  public String text() {
    return delegate.text();
  }

  @Override
  public Map<String, String> headers() {
    return delegate.headers();
  }

  @Override
  public String partition() {
    return delegate.partition();
  }

  @Override
  public int attempt() {
    return delegate.attempt();
  }

  @Override
  public int priority() {
    return delegate.priority();
  }

  @Override
  public Optional<Instant> deadline() {
    return delegate.deadline();
  }

  @Override
  public Instant storedAt() {
    return delegate.storedAt();
  }

  @Override
  public Duration leaseRemaining() {
    return delegate.leaseRemaining();
  }

  @Override
  public boolean leaseExpired() {
    return delegate.leaseExpired();
  }

  @Override
  public CompletionStage<Void> whenLeaseLost() {
    return delegate.whenLeaseLost();
  }

  @Override
  public Settlement ack() {
    return delegate.ack();
  }

  @Override
  public CompletableFuture<Settlement> ackAsync() {
    return delegate.ackAsync();
  }

  @Override
  public Settlement nak() {
    return delegate.nak();
  }

  @Override
  public Settlement nak(Duration delay) {
    return delegate.nak(delay);
  }

  @Override
  public CompletableFuture<Settlement> nakAsync(Duration delay) {
    return delegate.nakAsync(delay);
  }

  @Override
  public Settlement release() {
    return delegate.release();
  }

  @Override
  public CompletableFuture<Settlement> releaseAsync() {
    return delegate.releaseAsync();
  }

  @Override
  public boolean extend() {
    return delegate.extend();
  }

  @Override
  public CompletableFuture<Boolean> extendAsync() {
    return delegate.extendAsync();
  }

  @Override
  public Settlement deadLetter(String reason) {
    return delegate.deadLetter(reason);
  }

  @Override
  public CompletableFuture<Settlement> deadLetterAsync(String reason) {
    return delegate.deadLetterAsync(reason);
  }

  @Override
  public void close() {
    delegate.close();
  }
}
