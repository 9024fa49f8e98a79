// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.LeaseExpiredException;
import dev.jetlane.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Records the settlements that would be sent, and fails as configured. */
class RecordedDelivery implements HeldDelivery {

  final List<String> sent = new ArrayList<>();
  final CompletableFuture<Void> lost = new CompletableFuture<>();

  /** The settlements that wait for an answer, because this delivery is {@link #silent}. */
  final Deque<CompletableFuture<Settlement>> unanswered = new ArrayDeque<>();

  String id = "task-7";
  int attempt = 3;
  Duration remaining = Duration.ofSeconds(1);
  boolean kept = true;
  boolean open = true;
  boolean expired;
  boolean silent;
  Settlement result = Settlement.SETTLED;
  @Nullable Throwable failure;

  private CompletableFuture<Settlement> send(String what) {
    if (leaseExpired()) {
      return CompletableFuture.failedFuture(new LeaseExpiredException("too late", null));
    }
    sent.add(what);
    if (silent) {
      unanswered.add(new CompletableFuture<>());
      return unanswered.getLast();
    }
    return failure == null
        ? CompletableFuture.completedFuture(result)
        : CompletableFuture.failedFuture(failure);
  }

  @Override
  public boolean hasExpired() {
    return expired;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void keepNoLonger() {
    kept = false;
  }

  @Override
  public CompletableFuture<Settlement> nakAsync(Duration delay) {
    return send("nak " + delay);
  }

  @Override
  public CompletableFuture<Settlement> deadLetterAsync(String reason) {
    return send("deadLetter " + reason);
  }

  @Override
  public CompletableFuture<Settlement> ackAsync() {
    return send("ack");
  }

  @Override
  public CompletableFuture<Settlement> ackLater() {
    return send("ack later");
  }

  @Override
  public Settlement ack() {
    return ackAsync().join();
  }

  @Override
  public Settlement nak() {
    return nak(Duration.ZERO);
  }

  @Override
  public Settlement nak(Duration delay) {
    return nakAsync(delay).join();
  }

  @Override
  public Settlement deadLetter(String reason) {
    return deadLetterAsync(reason).join();
  }

  @Override
  public Settlement release() {
    return releaseAsync().join();
  }

  @Override
  public CompletableFuture<Settlement> releaseAsync() {
    return send("release");
  }

  @Override
  public boolean extend() {
    return false;
  }

  @Override
  public CompletableFuture<Boolean> extendAsync() {
    return CompletableFuture.completedFuture(false);
  }

  @Override
  public String taskId() {
    return id;
  }

  @Override
  public byte[] payload() {
    return new byte[0];
  }

  @Override
  public Map<String, String> headers() {
    return Map.of();
  }

  @Override
  public String partition() {
    return "p";
  }

  @Override
  public String text() {
    return "";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Optional<Instant> deadline() {
    return Optional.empty();
  }

  @Override
  public Instant storedAt() {
    return Instant.EPOCH;
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public Duration leaseRemaining() {
    return remaining;
  }

  @Override
  public boolean leaseExpired() {
    return remaining.isZero();
  }

  @Override
  public CompletionStage<Void> whenLeaseLost() {
    return lost;
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return id;
  }
}
