// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Delivery;
import dev.jetlane.driver.Completion;
import dev.jetlane.driver.DriverFuture;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An asynchronous pull that filters its tasks. If a part of it, one pull of the driver, has no task
 * that may be handed out, it pulls again for the rest of its wait. Holds no thread.
 *
 * @param <D> the type of the result's elements
 */
final class PullInParts<D> extends DriverFuture<List<D>> {

  private final Supplier<CompletableFuture<List<Delivery>>> parts;
  private final Function<List<Delivery>, List<D>> sift;
  private volatile boolean cancelled;
  private volatile @Nullable CompletableFuture<List<Delivery>> current;

  private PullInParts(
      Completion<? super List<D>> completion,
      Supplier<CompletableFuture<List<Delivery>>> parts,
      Function<List<Delivery>, List<D>> sift) {
    super(completion);
    this.parts = parts;
    this.sift = sift;
  }

  /**
   * Begins a pull. Throws the exception of its first part if that part cannot begin.
   *
   * @param parts begins a part, which ends at the end of the wait at the latest
   * @param sift returns the deliveries of a part that may be handed out, and settles the others;
   *     does not block
   */
  static <D> PullInParts<D> start(
      Completion<? super List<D>> completion,
      Supplier<CompletableFuture<List<Delivery>>> parts,
      Function<List<Delivery>, List<D>> sift) {
    PullInParts<D> pull = new PullInParts<>(completion, parts, sift);
    pull.follow(parts.get());
    return pull;
  }

  /**
   * Follows the parts. Parts that end immediately are followed in a loop, not by recursion, because
   * there may be thousands.
   */
  private void follow(CompletableFuture<List<Delivery>> first) {
    CompletableFuture<List<Delivery>> part = begun(first);
    while (part.isDone()) {
      if (part.handle(this::hasEnded).join()) {
        return;
      }
      part = begun(next());
    }
    var unused =
        part.whenComplete(
            (deliveries, error) -> {
              if (!hasEnded(deliveries, error)) {
                follow(next());
              }
            });
  }

  private CompletableFuture<List<Delivery>> next() {
    try {
      return parts.get();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private CompletableFuture<List<Delivery>> begun(CompletableFuture<List<Delivery>> part) {
    current = part;
    if (cancelled) {
      boolean unused = part.cancel(true);
    }
    return part;
  }

  /** Completes this future if a part was the last one, and returns whether it was. */
  private boolean hasEnded(@Nullable List<Delivery> deliveries, @Nullable Throwable error) {
    if (deliveries == null) {
      fail(error == null ? new IllegalStateException("a pull without a result") : error);
      return true;
    }
    boolean gotSome = !deliveries.isEmpty();
    List<D> sifted;
    try {
      sifted = sift.apply(deliveries);
    } catch (RuntimeException | Error e) {
      fail(e);
      return true;
    }
    if (gotSome && sifted.isEmpty() && !cancelled) {
      return false;
    }
    succeed(sifted);
    return true;
  }

  /** Ends the wait. The future completes with the tasks that were leased by then. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    cancelled = true;
    CompletableFuture<List<Delivery>> part = current;
    if (part != null) {
      boolean unused = part.cancel(mayInterruptIfRunning);
    }
    return false;
  }
}
