// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The leases and delays of a plan as the storage of a server has them, by the time of the plan. A
 * restarted server continues with these, without fractions of a second, so it is unknown in which
 * second they end. The lease of a call during a fault begins with the repair.
 */
final class StoredLeases {

  private record Span(long sinceNanos, long untilNanos) {}

  private static final long FRACTIONS = Duration.ofSeconds(1).toNanos();

  private final long leaseNanos;
  private final long tickNanos;

  /** The storage time of each task; it is that of its lease unless the lease was extended. */
  private final Map<String, Long> storedNanos = new HashMap<>();

  /** The beginning of the lease of each task that was delivered. */
  private final Map<String, Long> beganNanos = new HashMap<>();

  private final List<Span> ends = new ArrayList<>();

  StoredLeases(long leaseNanos, long tickNanos) {
    this.leaseNanos = leaseNanos;
    this.tickNanos = tickNanos;
  }

  void stored(String task, long now) {
    storedNanos.put(task, now);
  }

  void pulled(String task) {
    beganNanos.put(task, storedNanos.getOrDefault(task, 0L));
  }

  /** Records an extension, or a delay that ends like a lease from this moment. */
  void began(String task, long nanos) {
    beganNanos.put(task, nanos);
  }

  /** Records that a lease or a delay begins some time after this moment. */
  void beginsWithin(long now, long laterNanos) {
    ends.add(new Span(now + leaseNanos - tickNanos, now + laterNanos + leaseNanos + tickNanos));
  }

  /** Records that the server restarts between these moments. */
  void restarted(long since, long until) {
    for (long began : beganNanos.values()) {
      long end = began + leaseNanos;
      if (end >= since) {
        ends.add(new Span(end - FRACTIONS, Math.max(end, until) + tickNanos));
      }
    }
  }

  /** Whether a lease ends at about this moment. */
  boolean mayEndAt(long now) {
    return ends.stream().anyMatch(span -> span.sinceNanos <= now && now <= span.untilNanos);
  }
}
