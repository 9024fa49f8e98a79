// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.concurrent.CompletionStage;

/**
 * Does the work of one task asynchronously, for a {@link Worker}. Must be idempotent and
 * thread-safe, like a {@link TaskHandler}.
 */
@FunctionalInterface
public interface AsyncTaskHandler {

  /**
   * Starts the work. The task counts against {@link WorkerOptions#concurrency} until the stage
   * completes. A stage that completes normally acks the delivery. A failed stage, an exception
   * thrown here, or null instead of a stage is a failure like that of a {@link TaskHandler}.
   *
   * <p>When the handler loses its lease, the worker tries to cancel the {@link
   * CompletionStage#toCompletableFuture future} of the stage.
   *
   * @param delivery the task under its lease
   * @return a stage that completes when the work is done
   * @throws Exception if the work could not be started
   */
  CompletionStage<?> handle(Delivery delivery) throws Exception;
}
