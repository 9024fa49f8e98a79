// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/** A parameter that grows while the work stays the same. */
enum Sweep {
  PULLERS(
      "Pullers on one partition",
      "pullers",
      PullRival.JETLANE_PREFETCH,
      PullRival.JETLANE_PREFETCH_UNCONFIRMED,
      PullRival.JNATS_FETCH,
      PullRival.SOCKET),
  BACKLOG(
      "Tasks behind those that are pulled",
      "backlog",
      PullRival.JETLANE_PREFETCH,
      PullRival.SOCKET),
  OUTSTANDING(
      "Tasks that others hold under a lease",
      "outstanding",
      PullRival.JETLANE_PREFETCH,
      PullRival.SOCKET),
  PARTITIONS(
      "Partitions in use, pulled in turn", "partitions", PullRival.JETLANE, PullRival.JNATS_FETCH);

  private final String title;
  private final String parameter;

  @SuppressWarnings("ImmutableEnumChecker") // The list is immutable.
  private final List<PullRival> rivals;

  Sweep(String title, String parameter, PullRival... rivals) {
    this.title = title;
    this.parameter = parameter;
    this.rivals = List.of(rivals);
  }

  String title() {
    return title;
  }

  /** Returns the JMH parameter. */
  String parameter() {
    return parameter;
  }

  /** Returns an entry for each rival and each value. */
  List<Entry> entries(Long... values) {
    return rivals.stream()
        .flatMap(rival -> Stream.of(values).map(v -> rival.entry().at(parameter, v)))
        .toList();
  }
}
