// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.util.List;

/**
 * The health of a queue or a worker.
 *
 * @param live whether the client is connected. If this stays false, a restart of the process may
 *     help.
 * @param ready whether the queue can be used now: the storage is reachable, every opened partition
 *     exists, and the last pull from each succeeded
 * @param problems errors and warnings, one readable line each without secrets; empty for a healthy
 *     queue. A queue that is ready may have warnings: too many partitions on one stream, a paused
 *     partition, or one at its limit of outstanding tasks.
 */
public record Health(boolean live, boolean ready, List<String> problems) {

  private static final Health UP = new Health(true, true, List.of());

  /**
   * Copies the problems.
   *
   * @param live see {@link #live}
   * @param ready see {@link #ready}
   * @param problems see {@link #problems}
   */
  public Health {
    problems = List.copyOf(problems);
  }

  /**
   * Returns a healthy state: live, ready, no problems.
   *
   * @return the same instance at each call
   */
  public static Health up() {
    return UP;
  }
}
