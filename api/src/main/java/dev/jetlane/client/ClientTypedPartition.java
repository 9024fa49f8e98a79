// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.Codec;
import dev.jetlane.Delivery;
import dev.jetlane.InvalidInputException;
import dev.jetlane.Limits;
import dev.jetlane.Partition;
import dev.jetlane.PullOptions;
import dev.jetlane.Task;
import dev.jetlane.TypedPartition;
import dev.jetlane.TypedPuller;
import dev.jetlane.UndecodableException;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.driver.DriverClock;
import org.jspecify.annotations.Nullable;

/**
 * A partition of values. For a worker, an undecodable task is a failure that its retry policy does
 * not retry, so the worker handles a refused dead letter and a lost lease as for any other failure.
 */
final class ClientTypedPartition<T> implements TypedPartition<T> {

  private final Partition partition;
  private final Codec<T> codec;
  private final DriverClock clock;

  /**
   * @param clock the clock of the partition
   */
  ClientTypedPartition(Partition partition, Codec<T> codec, DriverClock clock) {
    this.partition = partition;
    this.codec = codec;
    this.clock = clock;
  }

  @Override
  public Partition untyped() {
    return partition;
  }

  @Override
  public Task task(String id, T value) {
    Limits.checkTaskId(id);
    return Task.of(id, encode(present("value", value)));
  }

  /**
   * Encodes a value. The message of a failure names only the class of the value, because the value
   * may be confidential.
   */
  private byte[] encode(T value) {
    byte[] payload;
    @Nullable Exception cause = null;
    try {
      payload = codec.encode(value);
      if (payload != null) {
        return payload;
      }
    } catch (Exception e) {
      cause = e;
    }
    InvalidInputException refused =
        new InvalidInputException("value", value.getClass(), "must be encodable by its codec");
    refused.initCause(cause);
    throw refused;
  }

  private T decode(Delivery delivery) {
    return decode(codec, delivery);
  }

  /**
   * @throws UndecodableException if the codec cannot decode the payload
   */
  static <T> T decode(Codec<T> codec, Delivery delivery) {
    byte[] payload = delivery.payload();
    T value;
    try {
      value = codec.decode(payload);
    } catch (Exception e) {
      throw new UndecodableException(payload.length, e);
    }
    if (value == null) {
      throw new UndecodableException(payload.length, null);
    }
    return value;
  }

  @Override
  public TypedPuller<T> puller(PullOptions options) {
    return new ClientTypedPuller<>(partition.puller(options), codec, clock);
  }

  @Override
  public Worker work(Handler<T> handler, WorkerOptions options) {
    Handler<T> checked = present("handler", handler);
    return partition.work(
        delivery -> checked.handle(decode(delivery), delivery), givingUp(options));
  }

  @Override
  public Worker workAsync(AsyncHandler<T> handler, WorkerOptions options) {
    AsyncHandler<T> checked = present("handler", handler);
    return partition.workAsync(
        delivery -> checked.handle(decode(delivery), delivery), givingUp(options));
  }

  private static WorkerOptions givingUp(WorkerOptions options) {
    WorkerOptions checked = present("worker options", options);
    return checked.withRetryPolicy(
        checked.retryPolicy().givingUpOn(UndecodableException.class::isInstance));
  }

  private static <T> T present(String what, @Nullable T value) {
    if (value == null) {
      throw new InvalidInputException(what, null, "must not be null");
    }
    return value;
  }

  @Override
  public String toString() {
    return "Typed" + partition;
  }
}
