// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import org.jspecify.annotations.Nullable;

/** Recognizes the request in a published message. Each wire format needs its own implementation. */
@FunctionalInterface
public interface Requests {

  /**
   * Returns the exchange that a message begins.
   *
   * @param subject the subject of the message
   * @param headers the headers as text, one {@code Name: value} per line; empty if there are none
   * @param body the body, decoded as ISO-8859-1
   * @return the exchange; null if no fault applies to the message
   */
  @Nullable Exchange exchange(String subject, String headers, String body);
}
