// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The later steps of a call whose first step made a change. Their errors must not claim that the
 * call changed nothing.
 */
public final class HalfDone {

  private HalfDone() {}

  /** The later steps of a call, which may wait. */
  public interface Steps<T, E extends Exception> {
    T run() throws E;
  }

  /** Runs the later steps. */
  public static <T, E extends Exception> T rest(Steps<T, E> steps) throws E {
    try {
      return steps.run();
    } catch (QueueUnavailableException | QueueClosedException e) {
      throw unknown(e);
    }
  }

  /** Like {@link #rest(Steps)}, for a step that was sent. */
  public static <T> CompletableFuture<T> rest(CompletableFuture<T> step) {
    return step.exceptionally(
        error -> {
          boolean saysNothing =
              error instanceof QueueUnavailableException || error instanceof QueueClosedException;
          throw new CompletionException(saysNothing ? unknown(error) : error);
        });
  }

  /** Returns the error of a call that made another change before, or may have made it. */
  static OutcomeUnknownException unknown(Throwable error) {
    return new OutcomeUnknownException("done in part: " + error.getMessage(), error);
  }
}
