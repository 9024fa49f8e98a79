// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.spring;

import dev.jetlane.nats.NatsOptions;

/** Changes the options of the queue after the properties were applied. Beans run in order. */
@FunctionalInterface
public interface NatsOptionsCustomizer {

  /**
   * Changes the options.
   *
   * @param options the current options
   * @return the changed options
   */
  NatsOptions customize(NatsOptions options);
}
