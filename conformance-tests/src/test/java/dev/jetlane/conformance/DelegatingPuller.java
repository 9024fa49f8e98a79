// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.Delivery;
import dev.jetlane.Puller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** A puller that delegates all calls except the overridden one. */
class DelegatingPuller implements Puller {

  private final Puller delegate;
  private final Layers layers;

  DelegatingPuller(Puller delegate, Layers layers) {
    this.delegate = delegate;
    this.layers = layers;
  }

  DelegatingPuller(Puller delegate) {
    this(delegate, Layers.NONE);
  }

  @Override
  public List<Delivery> pull(int max, Duration wait) throws InterruptedException {
    List<Delivery> deliveries = delegate.pull(max, wait);
    deliveries.replaceAll(layers.delivery());
    return deliveries;
  }

  @Override
  public CompletableFuture<List<Delivery>> pullAsync(int max, Duration wait) {
    Following<List<Delivery>> future = new Following<>(delegate.pullAsync(max, wait));
    future.follow(
        deliveries -> {
          deliveries.replaceAll(layers.delivery());
          return deliveries;
        });
    return future;
  }

  /** Derives a future; a cancellation of it cancels the original. */
  private static final class Following<T> extends CompletableFuture<T> {

    private final CompletableFuture<T> other;

    Following(CompletableFuture<T> other) {
      this.other = other;
    }

    void follow(UnaryOperator<T> change) {
      var unused =
          other.whenComplete(
              (result, error) -> {
                if (error == null) {
                  complete(change.apply(result));
                } else {
                  completeExceptionally(error);
                }
              });
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return other.cancel(mayInterruptIfRunning);
    }
  }

  @Override
  public void close() {
    delegate.close();
  }
}
