// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.races;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Settlement;
import dev.jetlane.Task;
import dev.jetlane.inmemory.InMemoryServer;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Of two settlements of one delivery exactly one takes effect. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the ack won")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the nak won")
@Outcome(expect = Expect.FORBIDDEN, desc = "both or none")
@State
public class SettleOnceRace {

  /** Longer than a busy machine can stand still, because a late ack has another result. */
  private static final Duration LEASE = Duration.ofHours(12);

  private final Delivery delivery;

  public SettleOnceRace() {
    QueueConfig config = QueueConfig.defaults().withLease(LEASE);
    Partition partition = InMemoryServer.create().connect(config).partition("p");
    partition.push(Task.withRandomId("x"));
    delivery = partition.puller().pullAsync(1, Duration.ZERO).join().get(0);
  }

  @Actor
  public void ack(ZZ_Result result) {
    result.r1 = delivery.ack() == Settlement.SETTLED;
  }

  @Actor
  public void nak(ZZ_Result result) {
    result.r2 = delivery.nak() == Settlement.SETTLED;
  }
}
