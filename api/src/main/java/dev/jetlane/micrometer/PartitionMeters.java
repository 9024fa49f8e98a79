// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

/**
 * The counters and timers of one partition. All of them are created at the first event, except the
 * counters of exceptions, whose names are not known before. A counter that appeared with its first
 * increment would show no rate for it, and an alert could not refer to it before.
 */
final class PartitionMeters {

  final Counter pushed;
  final Counter duplicates;
  final Counter pushFailures;
  final Counter pulled;
  final Counter pullFailures;
  final Counter redelivered;
  final Counter extended;
  final Counter leaseLost;
  final Counter late;
  final Counter settleFailures;
  final Counter rejected;
  final Counter exhausted;
  final Timer acked;
  final Timer givenBack;
  final Timer dead;
  final HandlerFailures handlerFailures;

  PartitionMeters(MeterRegistry registry, Tags tags) {
    pushed = counter(registry, "jetlane.pushed", "Tasks stored by a push", tags);
    duplicates =
        counter(registry, "jetlane.push.duplicates", "Pushes of an id that was known", tags);
    pushFailures = counter(registry, "jetlane.push.failures", "Failed pushes", tags);
    pulled = counter(registry, "jetlane.pulled", "Deliveries", tags);
    pullFailures = counter(registry, "jetlane.pull.failures", "Failed pulls", tags);
    redelivered =
        counter(registry, "jetlane.redelivered", "Deliveries that were not the first", tags);
    extended = counter(registry, "jetlane.extended", "Leases restarted", tags);
    leaseLost = counter(registry, "jetlane.lease.lost", "Leases that expired unsettled", tags);
    late = counter(registry, "jetlane.acked.late", "Acks after the end of the lease", tags);
    settleFailures = counter(registry, "jetlane.settle.failures", "Failed settlements", tags);
    String dead = "jetlane.dead.lettered";
    String help = "Tasks moved to the dead letters";
    rejected = counter(registry, dead, help, tags.and("cause", "rejected"));
    exhausted = counter(registry, dead, help, tags.and("cause", "exhausted"));
    acked = held(registry, tags, "acked");
    givenBack = held(registry, tags, "given_back");
    this.dead = held(registry, tags, "dead");
    handlerFailures = new HandlerFailures(registry, tags);
  }

  private static Counter counter(
      MeterRegistry registry, String name, String description, Tags tags) {
    return Counter.builder(name).description(description).tags(tags).register(registry);
  }

  private static Timer held(MeterRegistry registry, Tags tags, String outcome) {
    return Timer.builder("jetlane.held")
        .description("Time from the end of the pull to the settlement")
        .tags(tags.and("outcome", outcome))
        .register(registry);
  }
}
