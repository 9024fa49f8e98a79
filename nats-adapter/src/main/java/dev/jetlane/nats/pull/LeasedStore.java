// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

import dev.jetlane.driver.DriverClock;
import dev.jetlane.nats.request.StoreRequest;
import java.util.Map;

/**
 * Stores a task elsewhere, before the task is removed. It is not sent after its lease expired while
 * the connection was down, because another worker may hold the task then.
 */
class LeasedStore extends StoreRequest {

  private final long notAfterNanos;

  /**
   * @param notAfterNanos the end of the lease; {@link DriverClock#NEVER} for a task that no user
   *     holds
   */
  LeasedStore(
      String taskId,
      String what,
      String subject,
      Map<String, String> headers,
      byte[] payload,
      long notAfterNanos) {
    super(taskId, what, subject, headers, payload);
    this.notAfterNanos = notAfterNanos;
  }

  @Override
  protected final boolean isTimely() {
    return notAfterNanos == DriverClock.NEVER || System.nanoTime() - notAfterNanos < 0;
  }
}
