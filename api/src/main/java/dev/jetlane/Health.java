package dev.jetlane;

import java.util.List;

/**
 * How a queue is.
 *
 * @param live whether there is a connection: restarting the process may help when there is none for
 *     long
 * @param ready whether the queue can be used now: storage is reachable, every partition that was
 *     opened is there, and the last pull from each did not fail
 * @param problems what is wrong or needs attention, one readable line each without secrets; empty
 *     when all is well. A queue that is ready may have some: too many partitions on one stream, or
 *     a partition at its limit of outstanding tasks
 */
public record Health(boolean live, boolean ready, List<String> problems) {

  private static final Health UP = new Health(true, true, List.of());

  /** Copies the problems. */
  public Health {
    problems = List.copyOf(problems);
  }

  /** Live, ready, no problems. */
  public static Health up() {
    return UP;
  }
}
