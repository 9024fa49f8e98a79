package dev.jetlane.spring;

import dev.jetlane.nats.NatsOptions;

/** Changes the options of the queue after the properties were applied. Beans of it are ordered. */
@FunctionalInterface
public interface NatsOptionsCustomizer {

  /**
   * Changes the options.
   *
   * @param options as they are so far
   * @return as they should be
   */
  NatsOptions customize(NatsOptions options);
}
