// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.provision;

import io.nats.client.JetStreamApiException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The outcome of one exchange, for which some error codes are expected. */
final class ApiOutcome {

  private final int[] expected;
  private volatile int code;

  /**
   * @param expected the codes that are not errors here
   */
  ApiOutcome(int... expected) {
    this.expected = expected;
  }

  /** An exchange. */
  interface Exchange<T> {
    T run() throws IOException, JetStreamApiException;
  }

  /** Makes the exchange; returns null if it ended with an expected code. */
  <T> @Nullable T of(Exchange<T> exchange) throws IOException, JetStreamApiException {
    try {
      return exchange.run();
    } catch (JetStreamApiException e) {
      for (int each : expected) {
        if (e.getApiErrorCode() == each) {
          code = each;
          return null;
        }
      }
      throw e;
    }
  }

  /** Returns the expected code that ended the exchange; 0 if it succeeded. */
  int code() {
    return code;
  }
}
