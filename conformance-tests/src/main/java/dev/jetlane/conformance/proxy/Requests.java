package dev.jetlane.conformance.proxy;

import dev.jetlane.conformance.harness.Exchange;
import org.jspecify.annotations.Nullable;

/** Knows what a published message asks for. Another wire format than Jetlane's has another one. */
@FunctionalInterface
public interface Requests {

  /**
   * Which exchange this message begins.
   *
   * @param subject where it was published to
   * @param headers as text, one {@code Name: value} per line; empty if there are none
   * @param body as ISO-8859-1
   * @return the exchange, or null for what no fault is about
   */
  @Nullable Exchange exchange(String subject, String headers, String body);
}
