package dev.jetlane;

import java.util.concurrent.CompletionStage;

/**
 * Does the work of one task without holding a thread until it is done, for a {@link Worker}. Must
 * be idempotent and thread-safe, as a {@link TaskHandler} must.
 */
@FunctionalInterface
public interface AsyncTaskHandler {

  /**
   * Starts the work. The end of the stage is the end of the handler: it keeps its place among
   * {@link WorkerOptions#concurrency} until then. A stage that completes normally acks the
   * delivery; one that fails, or an exception thrown here, is a failure as one of a {@link
   * TaskHandler} is.
   *
   * <p>When the task is taken away from the handler, the worker tries to cancel the stage's {@link
   * CompletionStage#toCompletableFuture future}.
   *
   * @return the end of the work
   * @throws Exception when the work could not be started
   */
  CompletionStage<?> handle(Delivery delivery) throws Exception;
}
