package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * The later steps of a call whose first step made a change. Their errors must not claim that the
 * call changed nothing.
 */
public final class HalfDone {

  private HalfDone() {}

  /** Runs the later steps. */
  public static <T> T rest(Supplier<T> steps) {
    try {
      return steps.get();
    } catch (QueueUnavailableException | QueueClosedException e) {
      throw unknown(e);
    }
  }

  /** Like {@link #rest(Supplier)}, for a step that was sent. */
  public static <T> CompletableFuture<T> rest(CompletableFuture<T> step) {
    return step.exceptionally(
        error -> {
          boolean saysNothing =
              error instanceof QueueUnavailableException || error instanceof QueueClosedException;
          throw new CompletionException(saysNothing ? unknown(error) : error);
        });
  }

  private static OutcomeUnknownException unknown(Throwable error) {
    return new OutcomeUnknownException("done in part: " + error.getMessage(), error);
  }
}
