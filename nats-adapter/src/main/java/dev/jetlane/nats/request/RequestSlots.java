// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.request;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for an answer. The low bits of a request's token are the number of its
 * slot. Thread-safe, without a lock.
 */
final class RequestSlots {

  static final int COUNT = 1 << 16;
  private static final int MASK = COUNT - 1;
  private static final long FULL_PARK_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

  private final AtomicReferenceArray<@Nullable Request<?>> table =
      new AtomicReferenceArray<>(COUNT);
  private final AtomicLong nextToken = new AtomicLong();
  private final AtomicInteger size = new AtomicInteger();

  /**
   * Gives a request a token and a slot; false if no slot is free.
   *
   * @param patient whether to wait for a slot until the deadline of the request
   */
  boolean enlist(Request<?> request, boolean patient) {
    size.incrementAndGet();
    for (int tries = 1; ; tries++) {
      long token = nextToken.getAndIncrement();
      request.token = token;
      if (table.compareAndSet((int) token & MASK, null, request)) {
        return true;
      }
      if (tries % COUNT == 0) {
        if (!patient || System.nanoTime() - request.deadlineNanos > 0) {
          size.decrementAndGet();
          return false;
        }
        LockSupport.parkNanos(this, FULL_PARK_NANOS);
      }
    }
  }

  /** Returns the request with this token; null if its slot has another request by now. */
  @Nullable Request<?> request(long token) {
    Request<?> request = table.get((int) token & MASK);
    return request != null && request.token == token ? request : null;
  }

  void release(Request<?> request) {
    table.set((int) request.token & MASK, null);
    size.decrementAndGet();
  }

  boolean isEmpty() {
    return size.get() == 0;
  }

  /**
   * Visits the requests, oldest first, so that they are sent again in order. Tokens ascend, so the
   * open requests are close behind the newest one, and the rest of the table is not visited.
   */
  void forEach(Consumer<Request<?>> action) {
    long newest = nextToken.get();
    long oldest = newest;
    for (int left = size.get(); left > 0 && newest - oldest < COUNT; ) {
      if (table.get((int) --oldest & MASK) != null) {
        left--;
      }
    }
    for (long token = oldest; token < newest; token++) {
      Request<?> request = table.get((int) token & MASK);
      if (request != null) {
        action.accept(request);
      }
    }
  }
}
