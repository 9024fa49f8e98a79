// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.conformance;

import dev.jetlane.conformance.plan.Settings;
import dev.jetlane.conformance.plan.Step;
import java.util.HashMap;
import java.util.Map;

/**
 * The ends of the leases of a plan, by the time of the plan, also if their puller keeps them: it
 * extends them every few ticks until its maximum, its close, or the settlement.
 */
final class KeptLeases {

  private record PullerKey(int partition, int puller) {}

  /** A lease that its puller keeps. Its own end is that without the keeper. */
  private record Kept(PullerKey key, long beganNanos, long keepNanos, long ownEndNanos) {}

  private final Settings settings;
  private final long tickNanos;
  private final Map<PullerKey, Integer> keepTicks = new HashMap<>();
  private final Map<String, Kept> kept = new HashMap<>();

  KeptLeases(Settings settings, long tickNanos) {
    this.settings = settings;
    this.tickNanos = tickNanos;
  }

  /** Returns the end of the lease of a task that is pulled now. */
  long pulled(Step.Pull pull, String task, long now) {
    PullerKey key = key(pull.partition(), pull.puller());
    Kept lease = new Kept(key, now, keepTicks.getOrDefault(key, 0) * tickNanos, now + lease());
    kept.put(task, lease);
    return end(lease);
  }

  /** Returns the end of a lease that its holder extends now. */
  long extended(String task, long now) {
    Kept before = kept.get(task);
    if (before == null) {
      return now + lease();
    }
    Kept lease = new Kept(before.key, before.beganNanos, before.keepNanos, now + lease());
    kept.put(task, lease);
    return end(lease);
  }

  void settled(String task) {
    kept.remove(task);
  }

  /** Returns the new ends of the leases that are not kept any more after this step. */
  Map<String, Long> after(Step step, long now) {
    Map<String, Long> ends = new HashMap<>();
    for (Map.Entry<String, Kept> each : kept.entrySet()) {
      Kept before = each.getValue();
      if (closes(step, before.key)) {
        long keepNanos = Math.min(before.keepNanos, now - before.beganNanos);
        Kept lease = new Kept(before.key, before.beganNanos, keepNanos, before.ownEndNanos);
        each.setValue(lease);
        ends.put(each.getKey(), end(lease));
      }
    }
    if (step instanceof Step.ChangePuller change) {
      keepTicks.put(key(change.partition(), change.puller()), change.keepTicks());
    }
    return ends;
  }

  private long end(Kept lease) {
    long every = Step.ChangePuller.KEEP_EVERY_TICKS * tickNanos;
    long extensions = lease.keepNanos == 0 ? 0 : (lease.keepNanos - 1) / every;
    return Math.max(lease.ownEndNanos, lease.beganNanos + extensions * every + lease());
  }

  private boolean closes(Step step, PullerKey key) {
    if (step instanceof Step.ReopenQueue reopen) {
      return Math.floorMod(reopen.client(), settings.clients()) == key.puller % settings.clients();
    }
    if (step instanceof Step.ReopenPuller reopen) {
      return key(reopen.partition(), reopen.puller()).equals(key);
    }
    return step instanceof Step.ChangePuller change
        && key(change.partition(), change.puller()).equals(key);
  }

  private PullerKey key(int partition, int puller) {
    return new PullerKey(
        Math.floorMod(partition, settings.partitions()), Math.floorMod(puller, settings.pullers()));
  }

  private long lease() {
    return settings.leaseTicks() * tickNanos;
  }
}
