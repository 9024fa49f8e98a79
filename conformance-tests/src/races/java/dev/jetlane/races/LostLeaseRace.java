// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.races;

import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A request for the loss of a lease while the lease expires receives the loss. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "heard")
@Outcome(expect = Expect.FORBIDDEN, desc = "never heard")
@State
public class LostLeaseRace {

  private final ManualClock clock = new ManualClock();
  private final CompletableFuture<Boolean> lost = new CompletableFuture<>();
  private final QueueConfig config = QueueConfig.defaults();
  private final Delivery delivery;

  public LostLeaseRace() {
    Partition partition = InMemoryServer.create(clock).connect(config).partition("p");
    partition.push(Task.withRandomId("x"));
    delivery = partition.puller().pullAsync(1, Duration.ZERO).join().get(0);
  }

  @Actor
  public void watch() {
    var unused = delivery.whenLeaseLost().thenRun(() -> lost.complete(true));
  }

  @Actor
  public void runOut() {
    clock.advance(config.lease());
  }

  @Arbiter
  public void heard(Z_Result result) {
    result.r1 = lost.completeOnTimeout(false, 5, TimeUnit.SECONDS).join();
  }
}
