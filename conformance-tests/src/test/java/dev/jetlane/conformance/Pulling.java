// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.PullOptions;

/** How the whole suite pulls: {@code -Djetlane.conformance.prefetch=100} runs it with prefetch. */
final class Pulling {

  static final PullOptions OPTIONS =
      PullOptions.defaults().withPrefetch(Integer.getInteger("jetlane.conformance.prefetch", 0));

  private Pulling() {}
}
