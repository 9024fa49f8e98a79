// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.PullOptions;

/** The prefetch of the whole suite: {@code -Djetlane.conformance.prefetch=100} sets it. */
final class Pulling {

  static final PullOptions OPTIONS =
      PullOptions.defaults().withPrefetch(Integer.getInteger("jetlane.conformance.prefetch", 0));

  private Pulling() {}
}
