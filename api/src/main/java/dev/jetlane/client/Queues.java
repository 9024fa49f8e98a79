// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client;

import dev.jetlane.InvalidInputException;
import dev.jetlane.QueueConfig;
import dev.jetlane.QueueListener;
import dev.jetlane.TaskQueue;
import dev.jetlane.driver.DriverEvents;
import dev.jetlane.driver.QueueDriver;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Opens the queue of an implementation. */
public final class Queues {

  private Queues() {}

  /**
   * Opens a queue over a driver.
   *
   * @param config the settings of the queue, the same that the driver has
   * @param listeners the listeners of the user, in order; copied
   * @param driver creates the driver; its exceptions are thrown to the caller
   * @return the queue
   * @throws InvalidInputException if the settings, the list or a listener are null
   */
  public static TaskQueue open(
      @Nullable QueueConfig config,
      @Nullable List<QueueListener> listeners,
      Function<DriverEvents, QueueDriver> driver) {
    if (config == null) {
      throw new InvalidInputException("queue settings", null, "must not be null");
    }
    if (listeners == null || listeners.stream().anyMatch(Objects::isNull)) {
      throw new InvalidInputException("listeners", null, "must not be null");
    }
    Listeners told = new Listeners(listeners);
    return new ClientQueue(driver.apply(told), config, told);
  }
}
